/** A new PC that is killed while it fetches the shop for the first time, again and again until it has everything. */
import { rmSync } from 'node:fs';
import { join, killSoon, type Kill } from './aims.ts';
import { pause, type Pc, type Shop } from './shop.ts';
import { moments } from './tap.ts';

/** Pages that pass before the kill. */
const pages = 6;
const momentMs = 10_000;

/** Kills a PC at a page of its first fetch. Returns when it is dead. */
export async function killFetching({ random }: Shop, newcomer: Pc): Promise<Kill> {
  const moment = random.pick(moments);
  newcomer.tap.setOffline(true);
  for (let left = random.int(pages); left >= 0; left -= 1) {
    const reached = newcomer.tap.next(/sync_(pull|snapshot)/, left > 0 ? 'heard' : moment);
    await join(newcomer);
    const came = await Promise.race([reached.then(() => true), pause(momentMs).then(() => false)]);
    if (!came) break;
  }
  return killSoon(random, newcomer, moment);
}

/** A PC leaves the shop: everything of it was proven, nothing of it is kept. */
export async function leave(pc: Pc): Promise<void> {
  await pc.host.stop();
  await pc.tap.close();
  rmSync(pc.dataDir, { recursive: true, force: true });
}
