/** Carries out one step in a world. A step that finds nothing to do does nothing, so that any part of a run is a run. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { assertNever } from '#shared/result.ts';
import { failure, type Call } from '../cloud/network.ts';
import { resultOf } from '../cloud/transport.ts';
import { acts } from '../pc/acts.ts';
import type { SimPc } from '../pc/sim-pc.ts';
import { recordServed, type Served } from './served.ts';
import { randomFrom } from './random.ts';
import { idle, revocationWaits, touching, type Effect } from './effect.ts';
import { live } from './live.ts';
import type { Mishap, Step } from './steps.ts';
import type { World } from './world.ts';

export async function perform(world: World, step: Step): Promise<Effect> {
  const effect = await take(world, step);
  // everything that a step sets off at once ends before the next one: only what waits for the schedule stays
  await nextTurn();
  return effect;
}

async function take(world: World, step: Step): Promise<Effect> {
  const { network, timers } = world;
  const pc = 'pc' in step ? world.pcs[step.pc] : undefined;
  switch (step.do) {
    case 'act':
      if (!pc) return idle;
      acts[step.what](pc.store, randomFrom(step.r), world.plan.busy);
      return touching(pc, step.what);
    case 'serve': {
      const call = pick(world, step, (each) => each.state === 'asked');
      if (!call || !pc) return idle;
      if (pc.partition === 'up') return lose(world, call);
      return mayRun(world, call) ? serve(world, call) : idle;
    }
    case 'stray': {
      const strays = network.calls.filter((call) => !call.awaited && call.state === 'asked');
      const call = strays[step.nth % Math.max(1, strays.length)];
      return call && mayRun(world, call) ? serve(world, call) : idle;
    }
    case 'answer': {
      const call = pick(world, step, (each) => each.state === 'answered');
      if (!call || !pc) return idle;
      return pc.partition === 'down' ? lose(world, call) : hear(world, pc, call);
    }
    case 'lose': {
      const call = pick(world, step, (each) => each.state !== 'running');
      return call ? lose(world, call) : idle;
    }
    case 'spoil': {
      const call = pick(world, step, (each) => each.state !== 'running');
      if (!call || !pc) return idle;
      network.remove(call);
      call.resolve(spoiled(step.how, call));
      return touching(pc, step.how);
    }
    case 'copy': {
      const call = pick(world, step, () => true);
      if (!call) return idle;
      network.copy(call);
      return { ...idle, outcome: 'copied' };
    }
    case 'go-on': {
      const [pause] = network.pauses.filter((each) => each.pc === step.pc);
      if (!pause || !pc) return idle;
      network.pauses.splice(network.pauses.indexOf(pause), 1);
      pause.resolve();
      return touching(pc, 'on');
    }
    case 'hint': {
      const [nudge] = network.nudges.filter((each) => each.pc === step.pc);
      if (!nudge || !pc) return idle;
      network.nudges.splice(network.nudges.indexOf(nudge), 1);
      if (!step.lost) nudge.hear();
      return touching(pc, 'hint');
    }
    case 'wait': {
      const owner = timers.fireNext();
      return owner === null
        ? idle
        : { ...idle, outcome: owner, touched: new Set(world.pcs.filter(({ index }) => `pc${index}` === owner)) };
    }
    case 'crash':
      if (!pc) return idle;
      if (step.power) pc.powerCut();
      else pc.crash();
      return touching(pc, step.power ? 'power cut' : 'crash');
    case 'clock':
      if (!pc) return idle;
      pc.skew = step.skew;
      return { ...idle, outcome: 'clock' };
    case 'cut':
      if (!pc) return idle;
      pc.partition = step.way;
      return { ...idle, outcome: step.way };
    case 'pause':
      if (!pc) return idle;
      pc.daemon.pause(step.minutes === null ? null : pc.store.now() + step.minutes * 60_000, 'simulated');
      return touching(pc, 'pause');
    case 'resume':
      if (!pc) return idle;
      pc.daemon.resume();
      return touching(pc, 'resume');
    case 'press':
      if (!pc) return idle;
      pc.daemon.wake('operator');
      return touching(pc, 'press');
    case 'revoke':
      return pc ? revoke(world, pc) : idle;
    case 'office': {
      const office = world.offices[step.who];
      if (!office || office.waiting) return idle;
      const outcome = await office.work(step.what, step.r, world.clock());
      return { ...idle, ...(await lookAgain(world)), outcome, cloudMoved: true };
    }
    case 'backup':
    case 'restore':
    case 'clone':
    case 'keep':
    case 'rewind':
    case 'epoch':
    case 'enrol anew':
    case 'sleep':
    case 'prune':
      return live(world, step);
    case 'timeout': {
      const waiting = network.calls.find((call) => call.state === 'running');
      if (!waiting) return idle;
      await world.cloud.cancel(waiting.line);
      return { ...idle, ...(await lookAgain(world)), outcome: 'cancelled', cloudMoved: true };
    }
    default:
      return assertNever(step);
  }
}

/** The n-th call of a PC that it still waits for. */
function pick(world: World, step: { pc: number; nth: number }, fits: (call: Call) => boolean): Call | undefined {
  const calls = world.network.calls.filter((call) => call.pc === step.pc && call.awaited && fits(call));
  return calls[step.nth % Math.max(1, calls.length)];
}

/**
 * While a call waits for somebody's lock, only what cannot wake up together with it may run beside it: reading calls, and copies of the same PC's
 * calls, which wait for that one. So it never depends on the machine who goes first.
 */
export function mayRun(world: World, call: Call): boolean {
  const running = world.network.calls.filter((each) => each.state === 'running');
  if (running.length === 0) return true;
  if (reading.has(call.name)) return true;
  return running.length < 2 && running.every((each) => each.pc === call.pc);
}

function freeLine(world: World, pc: number): string {
  const busy = new Set(world.network.calls.filter((call) => call.state === 'running').map((call) => call.line));
  const names = [0, 1, 2, 3].map((i) => `pc${pc}.${i}`);
  return names.find((name) => !busy.has(name)) ?? `pc${pc}.9`;
}

/** Calls that write nothing: after them the feed need not be read. */
const reading: ReadonlySet<string> = new Set([
  'sync_pull',
  'sync_snapshot_begin',
  'sync_snapshot',
  'sync_last_batches',
  'sync_checksums',
]);

async function serve(world: World, call: Call): Promise<Effect> {
  const pc = world.pcs[call.pc];
  if (!pc) return idle;
  call.line = freeLine(world, call.pc);
  call.turn = 1 + Math.max(0, ...world.network.calls.map(({ turn }) => turn));
  call.state = 'running';
  call.tooLate = pc.revoked;
  call.answer = await world.cloud.call(call.line, call.caller, call.name, call.args, world.clock());
  const served = call.answer ? [finished(world, call)] : [];
  const after = await lookAgain(world);
  const outcome = call.answer ? word(call) : 'waits';
  const cloudMoved = !reading.has(call.name) || after.served.length > 0;
  return { outcome, touched: new Set(), cloudMoved, served: [...served, ...after.served] };
}

/** After anything that may have let go of a lock: which calls have ended now. */
async function lookAgain(world: World): Promise<{ served: Served[] }> {
  const served: Served[] = [];
  for (let moved = true; moved;) {
    moved = false;
    const running = world.network.calls.filter((each) => each.state === 'running');
    for (const call of running.toSorted((a, b) => a.turn - b.turn)) {
      call.answer = await world.cloud.look(call.line);
      if (!call.answer) continue;
      served.push(finished(world, call));
      moved = true;
    }
  }
  return { served };
}

function finished(world: World, call: Call): Served {
  call.state = 'answered';
  // nobody hears the answer to a stray copy
  if (!call.awaited) world.network.remove(call);
  return recordServed(world, call, call.tooLate);
}

function hear(world: World, pc: SimPc, call: Call): Effect {
  world.network.remove(call);
  if (call.answer) call.resolve(resultOf(call.answer));
  return touching(pc, word(call));
}

function lose(world: World, call: Call): Effect {
  world.network.remove(call);
  // a request that is lost for its PC may still arrive if it was on its way to the cloud already: that is what copies are for
  call.resolve(failure('offline', 'simulated: nothing came back'));
  const pc = world.pcs[call.pc];
  return pc ? touching(pc, 'lost') : idle;
}

function spoiled(how: Mishap, call: Call): ReturnType<typeof failure> {
  switch (how) {
    case 'busy':
      return failure('busy', `simulated: 503 ${call.name}`, 3000);
    case 'throttled':
      return failure('busy', `simulated: 429 ${call.name}`, 20_000);
    case 'sign-in':
      return failure('auth', `simulated: 401 ${call.name}`);
    case 'page':
      return failure('rude', 'simulated: 200 text/html');
    case 'cut short':
      return failure('offline', 'simulated: the body ended early');
    case 'garbled':
      return failure('rude', 'simulated: what came could not be unpacked');
    default:
      return assertNever(how);
  }
}

/** The answer in a word: no id and no time of the cloud. */
function word({ name, answer }: Call): string {
  if (!answer) return 'lost';
  if (!answer.ok) return `${answer.code} ${answer.message}`.slice(0, 60);
  const value = answer.value as Record<string, unknown> | null;
  if (name === 'sync_push') return `${String(value?.['status'])}${value?.['replayed'] === true ? ' again' : ''}`;
  if (name === 'sync_pull') {
    const scopes = (value?.['scopes'] ?? []) as { from?: number; to?: number; rows?: unknown[] }[];
    return scopes.map(({ from, to, rows }) => `${from}-${to}:${rows?.length}`).join(' ') || 'nothing new';
  }
  return name;
}

async function revoke(world: World, pc: SimPc): Promise<Effect> {
  // never in the middle of a call that waits: the schedule alone decides who goes first
  if (world.network.calls.some((call) => call.state === 'running')) return idle;
  const answer = await world.cloud.office(
    'supervisor',
    'select public.revoke_device($1)',
    [pc.caller.deviceId],
    world.clock(),
  );
  if (!answer) {
    await world.cloud.cancel('supervisor');
    await world.cloud.look('supervisor');
    return { ...idle, outcome: revocationWaits, cloudMoved: true };
  }
  if (!answer.ok) throw new Error(`Nobody could be removed: ${answer.code} ${answer.message}`);
  pc.revoked = true;
  return { outcome: 'revoked', touched: new Set(), cloudMoved: true, served: [] };
}
