/**
 * Power cuts without a power cut: the database and its log are copied while the host writes, harmed as a lost write would harm them, and opened
 * by the store. What had been answered before the copy must be there, whole; a file that cannot be trusted must be called damaged.
 */
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordSale } from '#main/shop/sales.ts';
import { storeErrorOf } from '#main/store/open-database.ts';
import { openStore } from '#main/store/open-store.ts';
import type { Store } from '#main/store/types.ts';
import type { Random } from '../core/random.ts';
import { readFound } from './found.ts';
import { doHarm, harms, type Copy, type Harm } from './harms.ts';
import { localMigrations } from './remains.ts';
import { pause, settle, storeProblems, type Pc, type Shop } from './shop.ts';
import { copyStore, keyOf } from './store-file.ts';
import { workAt } from './traffic.ts';
import { movedFrames, walHeader } from './wal.ts';

export type PowerCutReport = {
  readonly copies: number;
  readonly harms: Record<Harm, number>;
  /** Sales that were in the copies, and transactions that harm to the log took away. */
  readonly salesChecked: number;
  readonly commitsCut: number;
  /** Times the store said that its file is damaged. */
  readonly calledDamaged: number;
  readonly problems: readonly string[];
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Tally = Mutable<Omit<PowerCutReport, 'problems'>> & { problems: string[] };

/** Copies a working PC's store so many times and opens each copy in every harmed form. */
export async function runPowerCuts(shop: Shop, pc: Pc, copies: number): Promise<PowerCutReport> {
  const tally: Tally = {
    copies: 0,
    harms: { whole: 0, cut: 0, torn: 0, 'half-moved': 0, rot: 0, 'quiet-rot': 0 },
    salesChecked: 0,
    commitsCut: 0,
    calledDamaged: 0,
    problems: [],
  };
  const work = workAt(pc.counter, pc.host.caller, 3, 5);
  while (tally.copies < copies) {
    await pause(shop.random.next() * 120);
    const copy = takeCopy(pc);
    if (!copy) continue;
    try {
      await openAll(tally, shop.random, pc, copy);
      tally.copies += 1;
    } finally {
      rmSync(copy.folder, { recursive: true, force: true });
    }
  }
  await work.stop();
  await settle(pc);
  tally.problems.push(...(await storeProblems(pc, false)));
  return tally;
}

/** Reads file and log one after the other, as they are. Null when the log began anew meanwhile: no power cut leaves such a pair. */
function takeCopy(pc: Pc): Copy | null {
  const walFile = join(pc.dataDir, 'store.db-wal');
  if (!existsSync(walFile)) return null;
  const folder = mkdtempSync(join(tmpdir(), 'pulser-power-'));
  const answered = pc.counter.ledger.savedSales();
  const before = headerOf(walFile);
  copyStore(pc.dataDir, folder);
  const moved = movedFrames(readFileSync(join(pc.dataDir, 'store.db-shm')));
  if (before.length === walHeader && headerOf(walFile).equals(before)) {
    return { folder, answered, wal: readFileSync(join(folder, 'store.db-wal')), moved };
  }
  rmSync(folder, { recursive: true, force: true });
  return null;
}

function headerOf(file: string): Buffer {
  const fd = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(walHeader);
    return bytes.subarray(0, readSync(fd, bytes, 0, walHeader, 0));
  } finally {
    closeSync(fd);
  }
}

async function openAll(tally: Tally, random: Random, pc: Pc, copy: Copy): Promise<void> {
  const whole = await openHarmed(tally, random, pc, copy, 'whole');
  if (!whole) return;
  const missing = copy.answered.filter((serial) => !whole.serials.has(serial));
  if (missing.length > 0) tally.problems.push(`whole copy: answered sales ${missing.join(', ')} are lost`);
  for (const harm of harms) {
    if (harm === 'whole') continue;
    const harmed = await openHarmed(tally, random, pc, copy, harm);
    if (harmed) tally.problems.push(...compare(harm, whole.order, harmed.order, harmed.commitsCut));
  }
}

/** The harmed store has the first transactions of the whole one, and lacks no more than were cut off. */
function compare(harm: Harm, whole: readonly string[], harmed: readonly string[], commitsCut: number): string[] {
  const problems: string[] = [];
  if (harmed.some((id, index) => whole[index] !== id))
    problems.push(`${harm}: sales are not the first of the whole copy`);
  const lost = whole.length - harmed.length;
  if (lost > commitsCut) problems.push(`${harm}: ${lost} sales are lost, ${commitsCut} transactions were cut off`);
  return problems;
}

type Opened = { readonly serials: ReadonlySet<number>; readonly order: readonly string[] };

/**
 * Opens a copy of the copy with the store itself, looks at every sale and makes one more. Null when there was nothing to harm, or when the store
 * called its file damaged.
 */
async function openHarmed(
  tally: Tally,
  random: Random,
  pc: Pc,
  copy: Copy,
  harm: Harm,
): Promise<(Opened & { readonly commitsCut: number }) | null> {
  const folder = mkdtempSync(join(tmpdir(), 'pulser-harmed-'));
  try {
    copyStore(copy.folder, folder);
    const commitsCut = harm === 'whole' ? 0 : doHarm(random, copy, folder, harm);
    if (commitsCut === null) return null;
    tally.harms[harm] += 1;
    tally.commitsCut += commitsCut;
    const opened = openStore({ file: join(folder, 'store.db'), key: keyOf(folder), migrations: localMigrations });
    if (!opened.ok) return damaged(tally, harm, opened.error.code);
    try {
      const looked = await lookThrough(tally, pc, harm, opened.value);
      return looked && { ...looked, commitsCut };
    } catch (error) {
      return damaged(tally, harm, storeErrorOf(error)?.code ?? String(error));
    } finally {
      opened.value.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Only rot is beyond mending; everything else a power cut may leave must open. */
function damaged(tally: Tally, harm: Harm, code: string): null {
  if ((harm === 'rot' || harm === 'quiet-rot') && code === 'database-corrupt') tally.calledDamaged += 1;
  else tally.problems.push(`${harm}: the store answered ${code}`);
  return null;
}

/** Null when a thorough check of the file finds the rot that no sale stands on. */
async function lookThrough(tally: Tally, pc: Pc, harm: Harm, store: Store): Promise<Opened | null> {
  const found = await readFound((sql, parameter) => store.read.all(sql, parameter), pc.whose);
  const order = store.read
    .all<{ id: string }>(
      `SELECT row_id AS id FROM _change_log WHERE table_name = 'transactions' AND op = 'I' ORDER BY seq`,
    )
    .map(({ id }) => id);
  tally.salesChecked += found.sales.length;
  // what was answered after the copy cannot be in it, so only wholeness is asked here
  const halves = pc.counter.ledger.halves(found);
  const broken = store.read
    .all<{ integrity_check: string }>('PRAGMA integrity_check')
    .filter(({ integrity_check: text }) => text !== 'ok');
  tally.problems.push(...halves.map((text) => `${harm}: ${text}`));
  if (broken.length > 0 && (harm === 'rot' || harm === 'quiet-rot')) return damaged(tally, harm, 'database-corrupt');
  tally.problems.push(...broken.map((row) => `${harm}: integrity: ${row.integrity_check.slice(0, 200)}`));
  const [productId = ''] = pc.counter.products;
  const sold = recordSale(store, { items: [{ productId, qty: 1000 }], payment: 'cash', customerId: null });
  // what was cut off may have been the enrolment or the catalogue
  const youth = harm === 'cut' || harm === 'torn' ? ['not-enrolled', 'not-found'] : [];
  if (!sold.ok && !youth.includes(sold.error.code))
    tally.problems.push(`${harm}: the store takes no sale: ${sold.error.code}`);
  return { serials: new Set(found.sales.map(({ serial }) => serial)), order };
}
