import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProvision } from '#cloud/local/provision.ts';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { createKeyPair } from './key-pair.ts';
import { createSupabaseTransport } from './supabase.ts';
import type { Transport } from './types.ts';

let cloud: TestCloud;
let storeId = '';
const opened: Transport[] = [];
beforeAll(async () => {
  cloud = await testCloud();
  storeId = await createProvision(cloud).createStore({
    code: 'S-01',
    name: 'Aling Nena',
    region: 'IV-A',
    province: 'Laguna',
    city: 'Calamba',
    barangay: 'Real',
  });
});
afterAll(async () => {
  await Promise.all(opened.map((transport) => transport.close()));
  await cloud.stop();
});

type Ear = { readonly deviceId: string; readonly transport: Transport; readonly hints: () => number; stop: () => void };

/** A PC that only listens, joined to its channels. */
async function listener(random = 0): Promise<Ear> {
  const { url, anonKey } = cloud;
  const transport = createSupabaseTransport({ url, anonKey, compressThreshold: 1000, random: () => random });
  opened.push(transport);
  const pair = createKeyPair();
  const code = await createProvision(cloud).createEnrolmentCode(storeId);
  const enrolled = await transport.enrol(code, 'Ear', pair.publicKey);
  if (!enrolled.ok) throw new Error(enrolled.error.detail);
  const { deviceId } = enrolled.value;
  transport.useCredential({ deviceId, privateKey: pair.privateKey }, () => undefined);
  let hints = 0;
  const stop = transport.listen(
    deviceId,
    () => (hints += 1),
    () => undefined,
  );
  await transport.pull({ cursors: {}, maxRows: 100, knownShape: 0, cloudEpoch: 0, knownScopes: '' });
  // each of the two channels says that it is joined
  await expect.poll(() => hints).toBe(2);
  return { deviceId, transport, hints: () => hints, stop };
}

/** A change of the store as a PC makes it. */
async function change(by: string | null): Promise<void> {
  const session = await cloud.session();
  await session.sql('begin');
  if (by) await session.sql(`select set_config('sync.device', $1, true)`, [by]);
  await session.sql(
    `insert into customers (id, store_id, name, credit_limit) values (gen_random_uuid(), $1, 'Aling Rosa', 0)`,
    [storeId],
  );
  await session.sql('commit');
  await session.end();
}

describe('the channels of a PC', () => {
  it('tell of what others did, and not of what it did itself', async () => {
    const ear = await listener();
    await change(ear.deviceId);
    await change(null);
    await expect.poll(ear.hints).toBe(3);
    ear.stop();
  });

  it('let many come one after the other for what all of them hear', async () => {
    await cloud.adminSql(`update pg_class set reltuples = 3000 where oid = 'sync.devices'::regclass`);
    const [first, last] = [await listener(0), await listener(0.9)];
    const product = (): Promise<unknown> =>
      cloud.sql(
        `insert into products (id, sku, name, category, unit, price, cost, active) values (gen_random_uuid(), 's', 'n', 'c', 'u', 1, 1, true)`,
      );
    const before = performance.now();
    await product();
    // another hint does not put off what the first one asked for
    await product();
    await expect.poll(first.hints, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
    await expect.poll(last.hints, { timeout: 10_000 }).toBe(3);
    expect(performance.now() - before).toBeGreaterThanOrEqual(2690);
    // the store's own changes are for few: they come at once
    await change(null);
    await expect.poll(last.hints).toBe(4);
    await cloud.adminSql(`update pg_class set reltuples = 0 where oid = 'sync.devices'::regclass`);
    first.stop();
    last.stop();
  });

  it('are joined under their new names after a PC was revoked', async () => {
    const [stays, out] = [await listener(), await listener()];
    const before = stays.hints();
    await createProvision(cloud).revokeDevice(out.deviceId);
    // both channels moved, and so did the row of the revoked PC
    await expect.poll(stays.hints).toBeGreaterThanOrEqual(before + 2);
    await stays.transport.pull({ cursors: {}, maxRows: 100, knownShape: 0, cloudEpoch: 0, knownScopes: '' });
    await expect.poll(stays.hints).toBeGreaterThanOrEqual(before + 4);
    const [joined, heardOut] = [stays.hints(), out.hints()];
    await change(null);
    await expect.poll(stays.hints).toBeGreaterThan(joined);
    expect(out.hints()).toBe(heardOut);
    expect(
      await out.transport.pull({ cursors: {}, maxRows: 100, knownShape: 0, cloudEpoch: 0, knownScopes: '' }),
    ).toMatchObject({
      ok: false,
      error: { kind: 'revoked' },
    });
    stays.stop();
    out.stop();
  });

  it('are left when nobody listens any more, and joined again by the next one', async () => {
    const ear = await listener();
    ear.stop();
    await change(null);
    let hints = 0;
    const stop = ear.transport.listen(
      ear.deviceId,
      () => (hints += 1),
      () => undefined,
    );
    await ear.transport.pull({ cursors: {}, maxRows: 100, knownShape: 0, cloudEpoch: 0, knownScopes: '' });
    await expect.poll(() => hints).toBe(2);
    await change(null);
    await expect.poll(() => hints).toBe(3);
    expect(ear.hints()).toBe(2);
    stop();
  });
});
