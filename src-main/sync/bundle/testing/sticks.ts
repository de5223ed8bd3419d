/** What the tests of bundles share: PCs that export, carry and take in, and a stick. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'vitest';
import type { BundleExport, BundleImport } from '#shared/contract/bundles.ts';
import type { TestCloud } from '#cloud/local/testing.ts';
import { readIdentity } from '#main/store/identity.ts';
import { insertSale, set } from '../../testing/rows.ts';
import type { TestPc } from '../../testing/pc.ts';
import { createSupabaseTransport } from '../../transport/supabase.ts';
import { createBundleHandlers } from '../bundles.ts';

type Handlers = ReturnType<typeof createBundleHandlers>;

export type Stick = {
  readonly path: (name?: string) => string;
  readonly read: (name?: string) => Buffer;
  readonly write: (bytes: Uint8Array, name?: string) => string;
  readonly lose: () => void;
};

export function newStick(): Stick {
  const folder = mkdtempSync(join(tmpdir(), 'pulser-stick-'));
  const path = (name = 'shop.pulserbundle'): string => join(folder, name);
  return {
    path,
    read: (name) => readFileSync(path(name)),
    write: (bytes, name) => {
      writeFileSync(path(name), bytes);
      return path(name);
    },
    lose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The bundle commands of a PC, whose bundles carry 25 batches at most. Without a cloud it has no way there at all. */
export function bundlesOf(pc: TestPc, cloud: TestCloud | null, batchSize = 500): Handlers {
  const transport = cloud
    ? createSupabaseTransport({ url: cloud.url, anonKey: cloud.anonKey, compressThreshold: 1000, timeoutMs: 10_000 })
    : null;
  const yieldNow = (): Promise<void> => nextTurn();
  const deps = { store: pc.store, transport, daemon: pc.daemon, batchSize, yieldNow, app: '1.2.3', mostBatches: 25 };
  return createBundleHandlers(deps);
}

export async function exported(pc: TestPc, path: string, batchSize?: number): Promise<BundleExport> {
  const answer = await bundlesOf(pc, null, batchSize)['bundle.export']({ path });
  if (!answer.ok) throw new Error(`${answer.error.code} ${answer.error.detail ?? ''}`);
  return answer.value;
}

/** Imports a file on a PC, which has to go well. */
export async function imported(pc: TestPc, cloud: TestCloud | null, path: string): Promise<BundleImport> {
  const answer = await bundlesOf(pc, cloud)['bundle.import']({ path });
  if (!answer.ok) throw new Error(`${answer.error.code} ${answer.error.detail ?? ''}`);
  return answer.value;
}

/** The code with which an import fails; it must. */
export async function refusedImport(pc: TestPc, cloud: TestCloud | null, path: string): Promise<string> {
  const answer = await bundlesOf(pc, cloud)['bundle.import']({ path });
  expect(answer.ok).toBe(false);
  return answer.ok ? '' : answer.error.code;
}

/** Sells one piece of a product so many times, each sale with its line and the new stock in one local transaction of its own. */
export function sell(pc: TestPc, product: string, level: string, times: number): void {
  for (let i = 0; i < times; i += 1) {
    insertSale(pc.store, product);
    const stock = pc.store.read.get<{ qty: number }>('SELECT qty FROM stock_levels WHERE id = ?', level)?.qty ?? 0;
    set(pc.store, 'stock_levels', level, { qty: stock - 1 });
  }
}

export const deviceOf = (pc: TestPc): string => readIdentity(pc.store.read)?.deviceId ?? '';
export const waiting = (pc: TestPc): number =>
  pc.store.read.get<{ n: number }>('SELECT count(*) AS n FROM _change_log WHERE state < 4')?.n ?? -1;
export const outboxOf = (pc: TestPc): number =>
  pc.store.read.get<{ n: number }>('SELECT count(*) AS n FROM _outbox')?.n ?? -1;
export const lettersOf = (pc: TestPc): string[] =>
  pc.store.read.all<{ code: string }>('SELECT code FROM _dead_letters ORDER BY txn').map(({ code }) => code);

/** What the cloud has of a product: sales, lines, pieces in stock, and the devices that sent them. */
export async function soldInCloud(
  cloud: TestCloud,
  product: string,
): Promise<{ sales: number; lines: number; stock: number }> {
  const [found] = await cloud.sql<{ sales: number; lines: number; stock: number }>(
    `select (select count(distinct transaction_id)::int from transaction_items where product_id = $1) as sales,
       (select count(*)::int from transaction_items where product_id = $1) as lines,
       (select qty::int from stock_levels where product_id = $1) as stock`,
    [product],
  );
  if (!found) throw new Error('no answer');
  return found;
}
