import { testPc, type TestPc } from '#main/sync/testing/pc.ts';
import type { CloudAccess } from './bench-cloud.ts';
import { round } from './measure.ts';
import { saleRows, writeProducts, writeSale } from './sales.ts';

export type PropagationReport = {
  sales: number;
  /** From the commit on one PC to the moment at which another PC of the store announces it to its screen. Goal: p50 under 50 ms. */
  p50Ms: number;
  p95Ms: number;
  maxMs: number;
};

const sales = 200;
/** PCs poll this rarely here, so that only Realtime can be what was fast. */
const pollMs = 60_000;
/** A sale is lost for this measurement after so long. */
const patienceMs = 10_000;

/** Lets one PC sell, one sale after the other at odd intervals, and watches when each one is on the other PC: real HTTP, real Realtime. */
export async function measurePropagation(
  cloud: CloudAccess,
  enrolmentCode: () => Promise<string>,
): Promise<PropagationReport> {
  const open = async (name: string): Promise<TestPc> =>
    testPc(cloud, await enrolmentCode(), { name, intervalMs: pollMs });
  const seller = await open('Seller');
  const watcher = await open('Watcher');
  await seller.settle();
  await watcher.settle();
  const products = writeProducts(seller.store, 20);
  await seller.settle();
  await watcher.settle();
  const samples: number[] = [];
  for (let i = 0; i < sales; i += 1) {
    const rows = saleRows(seller.store, products, i);
    const seen = arrival(watcher, String(rows.sale[0]));
    seller.store.transaction('bench', (db) => writeSale(db, rows));
    const committed = performance.now();
    samples.push((await seen) - committed);
    await pause(150 + ((i * 37) % 100));
  }
  await seller.stop();
  await watcher.stop();
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number): number => round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return { sales, p50Ms: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
}

/** When the row is there, on the clock of performance.now(). */
function arrival({ store }: TestPc, id: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      off();
      reject(new Error('A sale did not reach the other PC'));
    }, patienceMs);
    const off = store.onChange(({ origin }) => {
      if (origin !== 'cloud' || !store.read.get('SELECT 1 FROM transactions WHERE id = ?', id)) return;
      clearTimeout(timer);
      off();
      resolve(performance.now());
    });
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((next) => setTimeout(next, ms));
}
