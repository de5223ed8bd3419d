/** Ways to kill a PC: each brings it to a moment and ends there with SIGKILL. */
import type { Random } from '../core/random.ts';
import { pause, type Pc, type Shop } from './shop.ts';
import { moments, type Moment } from './tap.ts';
import { doOne, workAt } from './traffic.ts';

/** What a kill was aimed at; where it fell is seen from what it left. */
export type LiveAim = 'write' | 'push' | 'pull' | 'anywhere';

/** How a kill went: the moment of a call when one was waited for, and the calls under way. */
export type Kill = { readonly moment: Moment | null; readonly calls: readonly string[] };

/** The call that is waited for may never come; then the kill falls where it falls. */
const momentMs = 15_000;

export async function killAt(aim: LiveAim, shop: Shop, victim: Pc, other: Pc): Promise<Kill> {
  switch (aim) {
    case 'write':
      return killWriting(shop.random, victim);
    case 'push':
      return killPushing(shop.random, victim);
    case 'pull':
      return killPulling(shop, victim, other);
    case 'anywhere':
      return killAnywhere(shop, victim);
  }
}

async function kill(victim: Pc, moment: Moment | null): Promise<Kill> {
  const calls = victim.tap.open();
  victim.tap.release();
  await victim.host.kill();
  return { moment, calls };
}

async function killWriting(random: Random, victim: Pc): Promise<Kill> {
  const work = workAt(victim.counter, victim.host.caller, 4, 0);
  await pause(20 + random.next() * 400);
  const killed = await kill(victim, null);
  await work.stop();
  return killed;
}

/** Fills the queue without a line, then joins the line and stops it at a moment of a batch. */
async function killPushing(random: Random, victim: Pc): Promise<Kill> {
  victim.tap.setOffline(true);
  await doMany(victim, 5 + random.int(80));
  const moment = random.pick(moments);
  const batches = random.int(3);
  for (let batch = 0; ; batch += 1) {
    const reached = victim.tap.next(/sync_push/, batch < batches ? 'heard' : moment);
    if (batch === 0) await join(victim);
    const came = await Promise.race([reached.then(() => true), pause(momentMs).then(() => false)]);
    if (!came || batch >= batches) break;
    // a later batch may not exist
    if (victim.tap.open().length === 0) await doOne(victim.counter, victim.host.caller);
  }
  return killSoon(random, victim, moment);
}

/** Lets others write while the line is cut, then joins it and stops it at a moment of a page. */
async function killPulling({ random, headOffice }: Shop, victim: Pc, other: Pc): Promise<Kill> {
  victim.tap.setOffline(true);
  await headOffice(1 + random.int(400));
  await doMany(other, 1 + random.int(20));
  const moment = random.pick(moments);
  const reached = victim.tap.next(/sync_(pull|snapshot)/, moment);
  await join(victim);
  await Promise.race([reached, pause(momentMs)]);
  return killSoon(random, victim, moment);
}

async function killAnywhere({ random, headOffice }: Shop, victim: Pc): Promise<Kill> {
  const work = workAt(victim.counter, victim.host.caller, 2, 60);
  await headOffice(random.int(100));
  await pause(random.next() * 1500);
  const killed = await kill(victim, null);
  await work.stop();
  return killed;
}

async function doMany({ counter, host }: Pc, times: number): Promise<void> {
  for (let done = 0; done < times; done += 4)
    await Promise.all(Array.from({ length: 4 }, () => doOne(counter, host.caller)));
}

export async function join({ tap, host }: Pc): Promise<void> {
  tap.setOffline(false);
  await host.caller.call('sync.now', {});
}

/** While the cloud works or the PC digests an answer, a random moment of that; somebody sells meanwhile. */
export async function killSoon(random: Random, victim: Pc, moment: Moment): Promise<Kill> {
  const work = workAt(victim.counter, victim.host.caller, 1, 20);
  if (moment === 'working' || moment === 'heard') await pause(random.next() * 25);
  const killed = await kill(victim, moment);
  await work.stop();
  return killed;
}
