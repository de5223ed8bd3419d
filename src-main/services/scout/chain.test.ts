import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProvision } from '#cloud/local/provision.ts';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { fail } from '#shared/result.ts';
import { readIdentity } from '#main/store/identity.ts';
import { readMeta } from '#main/store/meta.ts';
import type { Store } from '#main/store/types.ts';
import { appErrorOf } from '#main/sync/failures.ts';
import { testPc, type TestPc } from '#main/sync/testing/pc.ts';
import { createSupabaseTransport } from '#main/sync/transport/supabase.ts';
import type { Credential } from '#main/sync/transport/types.ts';
import type { ScoutDeps } from './deps.ts';
import { openScoutBench } from './testing/bench.ts';

let cloud: TestCloud;
const pcs: TestPc[] = [];
beforeAll(async () => {
  cloud = await testCloud();
});
afterAll(async () => {
  await Promise.all(pcs.map((pc) => pc.stop()));
  await cloud.stop();
});
const provision = () => createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });

async function openStore(name: string): Promise<TestPc> {
  const place = { region: 'NCR', province: 'MM', city: 'Manila', barangay: 'Tondo' };
  const id = await provision().createStore({ code: crypto.randomUUID(), name, ...place });
  const pc = await testPc(cloud, await provision().createEnrolmentCode(id), {
    intervalMs: 60_000,
    name: `PC of ${name}`,
  });
  pcs.push(pc);
  return pc;
}
function sell(store: Store, at: string, total: number, voided = false): void {
  const { storeId, deviceId } = readIdentity(store.read) ?? { storeId: '', deviceId: '' };
  const started = Date.parse(at);
  store.transaction('test', (db) =>
    db.run(
      `INSERT INTO transactions (id, store_id, device_id, number, started_at, ended_at, payment, customer_type, request_mode, request_type, suggestion,
         total, voided_at) VALUES (?, ?, ?, '1', ?, ?, 'cash', 'x', 'x', 'x', 'none', ?, ?)`,
      store.newId(),
      storeId,
      deviceId,
      started,
      started,
      total,
      voided ? started : null,
    ),
  );
}
/** What the cloud says to this PC, with its own sign-in. */
function askCloudAs(pc: TestPc): ScoutDeps['askCloud'] {
  const transport = createSupabaseTransport({
    url: cloud.url,
    anonKey: cloud.anonKey,
    compressThreshold: 1000,
    timeoutMs: 10_000,
  });
  const credential = readMeta<Credential>(pc.store.read, 'credential');
  transport.useCredential(credential ?? null, () => undefined);
  return async (now, before) => {
    const answer = await transport.storeTotals({ ...now, beforeSince: before.since, beforeUntil: before.until });
    return answer.ok ? answer : fail(appErrorOf(answer.error));
  };
}
async function chainOf(pc: TestPc): Promise<Record<string, unknown>> {
  const bench = openScoutBench(null, { askCloud: askCloudAs(pc) }, pc);
  try {
    return await bench.call('get_dashboard', { scope: 'all_stores', timeframe: 'today' });
  } finally {
    await bench.end();
  }
}

it('adds up the stores that the cloud lets this PC read, and no other', async () => {
  const [mine, granted, foreign] = [await openStore('Mine'), await openStore('Granted'), await openStore('Foreign')];
  sell(mine.store, '2026-06-30T06:30:00+08:00', 5250);
  sell(mine.store, '2026-06-30T00:00:00+08:00', 100);
  sell(mine.store, '2026-06-29T23:59:59.999+08:00', 700);
  sell(mine.store, '2026-06-30T13:00:00+08:00', 999, true);
  sell(granted.store, '2026-06-30T17:59:59+08:00', 4);
  sell(granted.store, '2026-06-30T12:00:00+08:00', 2000);
  sell(granted.store, '2026-06-29T16:30:00+08:00', 1000);
  sell(foreign.store, '2026-06-30T12:00:00+08:00', 77_777);
  for (const pc of pcs) await pc.settle(30);
  const ids = [mine, granted].map((pc) => readIdentity(pc.store.read));
  await provision().grantScopes(ids[0]?.deviceId ?? '', [`store:${ids[1]?.storeId ?? ''}`]);

  const answer = await chainOf(mine);
  expect(answer).toMatchObject({
    source: 'cloud',
    store: '2 stores',
    revenue_centavos: 5250 + 100 + 2000,
    sales: 3,
    // yesterday up to the same time of day
    previous: { revenue_centavos: 1000, sales: 1 },
    voided: { sales: 1, amount_centavos: 999 },
    dayparts: [
      { daypart: 'morning', revenue_centavos: 5250, sales: 1 },
      { daypart: 'afternoon', revenue_centavos: 2000, sales: 1 },
      { daypart: 'evening', revenue_centavos: 0, sales: 0 },
      { daypart: 'night', revenue_centavos: 100, sales: 1 },
    ],
    stores: [
      { name: 'Mine', revenue_centavos: 5350, sales: 2 },
      { name: 'Granted', revenue_centavos: 2000, sales: 1 },
    ],
  });
  expect(JSON.stringify(answer)).not.toMatch(/Foreign|77777/);
  expect((await chainOf(foreign))['stores']).toMatchObject([{ name: 'Foreign', revenue_centavos: 77_777 }]);

  await cloud.setOffline(true);
  // without the network it is what this PC keeps: its own store
  const alone = await chainOf(mine);
  expect(alone).toMatchObject({ source: 'this_pc', stores: [{ name: 'Mine', revenue_centavos: 5350 }] });
  expect(alone['last_sync']).toEqual(expect.stringMatching(/\+08:00$/));
  await cloud.setOffline(false);
}, 120_000);
