/** The shop in which PCs are killed: a cloud, a second PC that nobody kills, and a head office that writes SQL. */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProvision } from '#cloud/local/provision.ts';
import { createKeeper, type Keeper } from '#cloud/local/database/keeper-client.ts';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import type { RemoteCaller } from '#main/host/carriers/remote.ts';
import { sampleCatalogue } from '#main/shop/sample/catalogue.ts';
import type { SyncStatus } from '#shared/contract/schemas.ts';
import { randomFrom, type Random } from '../core/random.ts';
import { stockProblems, readFound, type Whose } from './found.ts';
import { startHost, type HostProcess, type ReadyHost } from './host-process.ts';
import { createLedger } from './ledger.ts';
import { lookInto } from './store-file.ts';
import { createTap, type Tap } from './tap.ts';
import { workAt, type Counter } from './traffic.ts';

/** A PC of the shop with everything that is known about it from outside. */
export type Pc = {
  readonly dataDir: string;
  readonly tap: Tap;
  readonly env: Record<string, string>;
  readonly keeper: Keeper;
  readonly counter: Counter;
  readonly whose: Whose;
  host: HostProcess & ReadyHost;
};

export type Shop = {
  readonly cloud: TestCloud;
  readonly folder: string;
  readonly storeId: string;
  readonly random: Random;
  /** A PC enrolled anew, running. Its first round has only begun. */
  readonly newPc: (
    tag: string,
    options?: { readonly dataDir?: string; readonly refusals?: Counter['refusals'] },
  ) => Promise<Pc>;
  /** Head office changes rows by SQL: costs of products and new customers, so many in all. */
  readonly headOffice: (rows: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Serial numbers of PCs are this far apart. */
const serialsOfAPc = 100_000;

export async function openShop(seed: number): Promise<Shop> {
  const random = randomFrom(seed);
  const folder = await mkdtemp(join(tmpdir(), 'pulser-disk-'));
  const keeper = createKeeper();
  keeper.removeFolder(folder);
  const cloud = await testCloud();
  const provision = createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });
  const storeId = await provision.createStore({
    code: 'KILL-1',
    name: 'Tindahan ni Aling Luz',
    region: 'NCR',
    province: 'Metro Manila',
    city: 'Manila',
    barangay: 'Tondo',
  });
  const catalogue = sampleCatalogue();
  await provision.seedProducts(catalogue.map((product) => ({ ...product, active: product.active === 1 })));
  const products = catalogue.map(({ id }) => id);
  const started: { tap: Tap; host: HostProcess }[] = [];
  let pcs = 0;

  return {
    cloud,
    folder,
    storeId,
    random,
    async newPc(tag, { dataDir = join(folder, tag), refusals = [] } = {}) {
      const tap = await createTap(cloud.url);
      const env = { SUPABASE_URL: tap.url, SUPABASE_ANON_KEY: cloud.anonKey, SYNC_INTERVAL: '2', BATCH_SIZE: '120' };
      const code = await provision.createEnrolmentCode(storeId);
      const host = await startHost({
        dataDir,
        keeper,
        env: { ...env, PULSER_ENROL_CODE: code, PULSER_DEVICE_NAME: tag },
      });
      const { device } = await statusOf(host.caller);
      if (!device) throw new Error(`${tag} could not enrol`);
      const ledger = createLedger(pcs * serialsOfAPc);
      pcs += 1;
      const counter = { tag, ledger, random, products, customers: [], refusals };
      const pc: Pc = { dataDir, tap, env, keeper, counter, whose: { deviceId: device.id, tag }, host };
      started.push(pc);
      return pc;
    },
    async headOffice(rows) {
      await cloud.sql(
        'update products set cost = cost + 1 where id in (select id from products order by id limit $1)',
        [Math.min(rows, 40)],
      );
      await cloud.sql(
        `insert into customers (id, store_id, name, credit_limit) select gen_random_uuid(), $1, 'Head office ' || n, 0 from generate_series(1, $2::int) n`,
        [storeId, rows],
      );
    },
    async close() {
      for (const { host, tap } of started) {
        await host.kill();
        await tap.close();
      }
      await cloud.stop();
      keeper.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function statusOf(caller: RemoteCaller): Promise<SyncStatus> {
  const status = await caller.call('status.get', {});
  if (!status.ok) throw new Error(`status.get was answered ${status.error.code}`);
  return status.value;
}

/** How long a busy machine may take to come to rest. */
const quietMs = 180_000;

/** Waits until a round that began after now has gone well and nothing waits. */
export async function settle({ host, counter }: Pick<Pc, 'host' | 'counter'>): Promise<void> {
  const begun = Date.now();
  await host.caller.call('sync.now', {});
  for (;;) {
    const status = await statusOf(host.caller).catch((error: unknown) => {
      throw new Error(`${counter.tag}: ${String(error)}; the host: ${host.lastWords()}`);
    });
    if ((status.lastSuccessAt ?? 0) >= begun && status.waiting === 0 && status.phase === 'idle') return;
    if (Date.now() - begun > quietMs) throw new Error(`${counter.tag} did not come to rest: ${JSON.stringify(status)}`);
    await pause(25);
  }
}

/** The unkilled PC at work for as long as the run lasts. */
export function keepBusy(pc: Pc): { stop: () => Promise<void> } {
  return workAt(pc.counter, pc.host.caller, 1, 400);
}

/** What is wrong with a PC's own work in its store, while it runs. */
export async function storeProblems(pc: Pc, settleOpen: boolean): Promise<string[]> {
  return lookInto(pc.dataDir, async ({ ask }) =>
    pc.counter.ledger.problems(await readFound(ask, pc.whose), settleOpen),
  );
}

/** What is wrong with a PC's work in the cloud. Only after quiet. */
export async function cloudProblems(
  { cloud, storeId }: Shop,
  pcs: readonly Pick<Pc, 'counter' | 'whose'>[],
): Promise<string[]> {
  const ask = <Row>(sql: string, parameter: string): Promise<Row[]> =>
    cloud.sql(sql.replace('?', '$1'), [parameter]) as Promise<never>;
  const problems = await stockProblems(ask, storeId);
  for (const { counter, whose } of pcs) {
    const found = await readFound(ask, whose);
    problems.push(...counter.ledger.problems(found, false).map((text) => `cloud: ${counter.tag}: ${text}`));
  }
  return problems;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
