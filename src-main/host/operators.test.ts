import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createProvision } from '#cloud/local/provision.ts';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { createShop } from '#main/shop/create-shop.ts';
import { readIdentity } from '#main/store/identity.ts';
import { createOperators } from '#main/sync/operators.ts';
import type { TestPc } from '#main/sync/testing/pc.ts';
import { createTestShop } from '#main/sync/testing/shop.ts';
import { createSupabaseTransport } from '#main/sync/transport/supabase.ts';
import { silentLogger } from '#main/telemetry/logger.ts';

let cloud: TestCloud;
const { open, allSettle, close } = createTestShop(() => cloud);
beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(close);
afterAll(() => cloud.stop());

type Counter = {
  readonly pc: TestPc;
  readonly deviceId: string;
  readonly shop: ReturnType<typeof createShop>['handlers'];
};

/** A PC with its commands. */
const counterOf = (pc: TestPc): Counter => ({
  pc,
  deviceId: readIdentity(pc.store.read)?.deviceId ?? '',
  shop: createShop({ store: pc.store, logger: silentLogger, importMoved: () => undefined }).handlers,
});

/** Makes a person an account and signs them in on a PC. */
async function signIn(pc: TestPc, name: string): Promise<void> {
  const email = `${randomUUID()}@example.com`;
  const password = await createProvision(cloud).createOperator({ email, name, role: 'clerk' });
  const transport = createSupabaseTransport({ url: cloud.url, anonKey: cloud.anonKey, compressThreshold: 1000 });
  expect(await createOperators(pc.store, transport).signIn(email, password)).toMatchObject({ ok: true });
  await transport.close();
}

const stateOf = (id: string): Promise<unknown[]> =>
  cloud.sql('select actor, device_id from sync.row_state where row_id = $1', [id]);

async function value<T>(answer: unknown): Promise<T> {
  const result = (await answer) as { ok: boolean; value: T };
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.value;
}

describe('every change', () => {
  it('carries who made it and on which PC, into the cloud and to the other PCs', async () => {
    const [a, b] = (await open(2)).map(counterOf) as [Counter, Counter];
    const before = await value<{ id: string }>(a.shop['customers.create']({ name: 'Before anybody', phone: null }));
    await signIn(a.pc, 'Maria Santos');
    await signIn(b.pc, 'Juan dela Cruz');
    const product = await value<{ id: string }>(
      a.shop['products.create']({ sku: 'K1', name: 'Kape', category: 'coffee', unit: 'sachet', price: 800, cost: 600 }),
    );
    const sale = await value<{ id: string }>(
      a.shop['sales.record']({ items: [{ productId: product.id, qty: 1000 }], payment: 'cash', customerId: null }),
    );
    await allSettle();
    const maria = { actor: 'Maria Santos', device_id: a.deviceId };
    expect(await stateOf(before.id)).toEqual([{ actor: 'operator', device_id: a.deviceId }]);
    for (const { id } of [product, sale]) expect(await stateOf(id)).toEqual([maria]);
    const lines = await cloud.sql<{ id: string }>('select id from transaction_items where transaction_id = $1', [
      sale.id,
    ]);
    expect(lines).toHaveLength(1);
    expect(await stateOf(lines[0]?.id ?? '')).toEqual([maria]);
    expect(await value(a.shop['queue.list']({ filter: 'all', limit: 50 }))).toMatchObject({ total: 0 });

    // both change one price: the question names both people and PCs, and so does its answer
    for (const { pc } of [a, b]) pc.daemon.pause(null, 'test');
    await value(a.shop['products.update']({ id: product.id, changes: { price: 850 } }));
    await value(b.shop['products.update']({ id: product.id, changes: { price: 900 } }));
    expect(await value(b.shop['queue.list']({ filter: 'all', limit: 50 }))).toMatchObject({
      items: [{ actor: 'Juan dela Cruz' }],
    });
    for (const { pc } of [a, b]) {
      pc.daemon.resume();
      await pc.settle();
    }
    await allSettle();
    expect(
      await cloud.sql(
        'select kept_actor, kept_device, incoming_actor, incoming_device from conflicts where row_id = $1',
        [product.id],
      ),
    ).toEqual([
      {
        kept_actor: 'Maria Santos',
        kept_device: a.deviceId,
        incoming_actor: 'Juan dela Cruz',
        incoming_device: b.deviceId,
      },
    ]);
    for (const { shop } of [a, b]) {
      expect(await value(shop['conflicts.list']({ status: 'open', limit: 50 }))).toMatchObject({
        items: [
          {
            kept: { actor: 'Maria Santos', deviceName: 'Counter 1' },
            incoming: { actor: 'Juan dela Cruz', deviceName: 'Counter 2' },
          },
        ],
      });
    }
    const { items } = await value<{ items: { id: string }[] }>(a.shop['conflicts.list']({ status: 'open', limit: 50 }));
    await value(a.shop['conflicts.resolve']({ id: items[0]?.id ?? '', values: { price: 900 }, seen: { price: 850 } }));
    await allSettle();
    expect(
      await cloud.sql('select status, resolved_by, resolved_device from conflicts where row_id = $1', [product.id]),
    ).toEqual([{ status: 'resolved', resolved_by: 'Maria Santos', resolved_device: a.deviceId }]);

    // the office has no PC
    await cloud.sql('update products set price = 1000 where id = $1', [product.id]);
    expect(await stateOf(product.id)).toEqual([{ actor: 'postgres', device_id: null }]);
  });

  it('stays with the person who made it when another one signs in before it is sent', async () => {
    const [{ pc, shop, deviceId }] = (await open(1)).map(counterOf) as [Counter];
    pc.daemon.pause(null, 'test');
    await signIn(pc, 'Maria Santos');
    const hers = await value<{ id: string }>(shop['customers.create']({ name: 'A', phone: null }));
    await signIn(pc, 'Juan dela Cruz');
    const his = await value<{ id: string }>(shop['customers.create']({ name: 'B', phone: null }));
    createOperators(pc.store, null).signOut();
    const nobodys = await value<{ id: string }>(shop['customers.create']({ name: 'C', phone: null }));
    pc.daemon.resume();
    await pc.settle();
    expect(await stateOf(hers.id)).toEqual([{ actor: 'Maria Santos', device_id: deviceId }]);
    expect(await stateOf(his.id)).toEqual([{ actor: 'Juan dela Cruz', device_id: deviceId }]);
    expect(await stateOf(nobodys.id)).toEqual([{ actor: 'operator', device_id: deviceId }]);
  });
});
