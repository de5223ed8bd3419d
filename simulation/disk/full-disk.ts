/** A disk that is full: sales are refused in plain words, nothing that was answered is lost, and everything goes on when there is room. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode } from '#shared/contract/errors.ts';
import { spawnHost, startHost } from './host-process.ts';
import { settle, storeProblems, type Pc, type Shop } from './shop.ts';
import type { SmallDisk } from './small-disk.ts';
import { doOne } from './traffic.ts';

export type FullDiskReport = {
  readonly rounds: number;
  readonly kinds: readonly SmallDisk['kind'][];
  readonly refused: number;
  /** Starts on a full disk that served, and those that ended with a plain refusal. */
  readonly startsServed: number;
  readonly startsRefused: number;
  /** Starts on a read-only disk: all must be refused, with the files as they were. */
  readonly readOnlyRefused: number;
  readonly problems: readonly string[];
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Tally = Mutable<Omit<FullDiskReport, 'problems' | 'kinds'>> & { kinds: SmallDisk['kind'][]; problems: string[] };

/** A size limit or a quota is not told apart from a failing disk. */
const wanted: Readonly<Record<SmallDisk['kind'], readonly ErrorCode[]>> = {
  'file system': ['disk-full'],
  'size limit': ['disk-unwritable'],
};
/** Refusals before room is made. */
const refusals = 12;

/** Fills and frees each disk so many times under a working PC. */
export async function runFullDisks(shop: Shop, disks: readonly SmallDisk[], rounds: number): Promise<FullDiskReport> {
  const tally: Tally = {
    rounds: 0,
    kinds: disks.map(({ kind }) => kind),
    refused: 0,
    startsServed: 0,
    startsRefused: 0,
    readOnlyRefused: 0,
    problems: [],
  };
  for (const [index, disk] of disks.entries()) {
    const pc = await shop.newPc(`disk${index}`, { dataDir: disk.dataDir });
    await settle(pc);
    for (let round = 0; round < rounds; round += 1) {
      await fillAndFree(tally, shop, pc, disk);
      tally.rounds += 1;
    }
    await refuseReadOnly(tally, pc, disk);
    await settle(pc);
    tally.problems.push(...(await storeProblems(pc, false)).map((text) => `${disk.kind}: ${text}`));
    const verified = await pc.host.caller.call('sync.verify', {});
    if (!verified.ok || !verified.value.equal) tally.problems.push(`${disk.kind}: ${JSON.stringify(verified)}`);
  }
  return tally;
}

async function fillAndFree(tally: Tally, { random }: Shop, pc: Pc, disk: SmallDisk): Promise<void> {
  disk.fill(pc.host.pid, random.int(300_000));
  const counter = { ...pc.counter, refusals: wanted[disk.kind] };
  let refused = 0;
  for (let tries = 0; refused < refusals && tries < 5000; tries += 1) {
    if ((await doOne(counter, pc.host.caller)) === 'refused') refused += 1;
  }
  if (refused < refusals) tally.problems.push(`${disk.kind}: the disk never was full`);
  tally.refused += refused;
  tally.problems.push(...(await storeProblems(pc, true)).map((text) => `${disk.kind}, full: ${text}`));
  if (random.chance(0.5) && disk.kind === 'file system') await restartFull(tally, pc, disk);
  disk.makeRoom(pc.host.pid);
  if ((await doOne(pc.counter, pc.host.caller)) !== 'saved')
    tally.problems.push(`${disk.kind}: does not go on with room`);
  await settle(pc);
}

/** Killed on the full disk: it may serve again or say what is wrong; it must not crash. */
async function restartFull(tally: Tally, pc: Pc, disk: SmallDisk): Promise<void> {
  await pc.host.kill();
  const again = spawnHost(pc);
  const ready = await again.ready;
  if (ready.ok) {
    tally.startsServed += 1;
    pc.host = { ...again, ...ready };
    return;
  }
  tally.startsRefused += 1;
  if (ready.code !== 3 || !ready.errors.includes('disk is full'))
    tally.problems.push(`${disk.kind}: a start on the full disk ended with ${String(ready.code)}: ${ready.errors}`);
  disk.makeRoom(again.pid);
  pc.host = await startHost(pc);
}

/** A store that cannot be written is left as it is. */
async function refuseReadOnly(tally: Tally, pc: Pc, disk: SmallDisk): Promise<void> {
  if (!disk.setReadOnly) return;
  await pc.host.kill();
  const before = fingerprint(pc.dataDir);
  disk.setReadOnly(true);
  const host = spawnHost(pc);
  const ready = await host.ready;
  if (ready.ok) {
    tally.problems.push('a host serves a store that it cannot write');
    await host.kill();
  } else if (ready.code === 3) tally.readOnlyRefused += 1;
  else tally.problems.push(`read-only: the host ended with ${String(ready.code)}: ${ready.errors}`);
  disk.setReadOnly(false);
  if (fingerprint(pc.dataDir) !== before) tally.problems.push('a read-only store was changed');
  pc.host = await startHost(pc);
}

function fingerprint(dataDir: string): string {
  const hash = createHash('sha256');
  for (const name of ['store.db', 'store.db-wal']) {
    const file = join(dataDir, name);
    hash.update(existsSync(file) ? readFileSync(file) : 'none');
  }
  return hash.digest('hex');
}
