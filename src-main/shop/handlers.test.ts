import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandInput, type CommandOutput, commands } from '#shared/contract/commands.ts';
import { appErrorSchema } from '#shared/contract/errors.ts';
import { testStore } from '#main/store/testing.ts';
import { silentLogger } from '#main/telemetry/logger.ts';
import { createShop } from './create-shop.ts';
import type { ShopHandlers } from './handlers.ts';
import { here } from './testing.ts';

type Test = ReturnType<typeof testStore>;
let test: Test;
let shop: ReturnType<typeof createShop>;
let importMoved: ReturnType<typeof vi.fn<(id: string) => void>>;
beforeEach(() => {
  test = testStore({ identity: here });
  importMoved = vi.fn<(id: string) => void>();
  shop = createShop({ store: test.store, logger: silentLogger, importMoved });
});
afterEach(async () => {
  await shop.stop();
  test.cleanup();
});

/** Calls like a carrier does: input parsed by the contract, and the answer held against it. */
async function call<N extends keyof ShopHandlers>(name: N, input: CommandInput<N>): Promise<CommandOutput<N>> {
  const handler = shop.handlers[name] as (request: unknown) => unknown;
  const answer = (await handler(commands[name].input.parse(input))) as {
    ok: boolean;
    value?: unknown;
    error?: unknown;
  };
  if (!answer.ok) throw new Error(appErrorSchema.parse(answer.error).code);
  return commands[name].output.parse(answer.value) as CommandOutput<N>;
}

describe('the commands of the shop', () => {
  it('answer as the contract says, through a day at the counter', async () => {
    const product = { sku: 'K', name: 'Kape', category: 'coffee', unit: 'sachet', price: 800, cost: 600 };
    const { id: productId } = await call('products.create', product);
    const { id: customerId } = await call('customers.create', { name: 'Aling Rosa' });
    await call('stock.move', { productId, kind: 'delivery', qty: 10_000 });
    const sale = await call('sales.record', { items: [{ productId, qty: 2000 }], payment: 'credit', customerId });
    await call('credit.record', { customerId, kind: 'payment', amount: 500 });
    await call('products.update', { id: productId, changes: { price: 900 } });
    await call('customers.update', { id: customerId, changes: { phone: '0900' } });
    await call('sales.void', { id: sale.id, reason: 'wrong item' });
    expect((await call('stock.list', { productIds: [productId] })).items).toEqual([{ productId, qty: 10_000 }]);
    expect((await call('products.list', { search: 'kap' })).items[0]?.price).toBe(900);
    expect((await call('customers.list', {})).items[0]?.phone).toBe('0900');
    expect((await call('sales.list', {})).items[0]).toMatchObject({ number: '2-000001', journey: 'saved' });
    const queue = await call('queue.list', {});
    expect(queue.total).toBe(8);
    const [newest] = queue.items;
    expect((await call('queue.get', { txn: newest?.txn ?? 0 })).operations[0]?.fields).toMatchObject([
      { column: 'voided_at', before: null },
      { column: 'void_reason', before: null, after: 'wrong item' },
    ]);
    expect((await call('overview.get', {})).today.revenue).toBe(0);
    expect((await call('conflicts.list', {})).total).toBe(0);
    await expect(call('conflicts.undo', { id: 'none' })).rejects.toThrow('not-found');
  });

  it('import a file and tell that the progress moved', async () => {
    const path = join(test.folder, 'baskets.csv');
    writeFileSync(path, 'bread,butter\nbread\n');
    expect(await call('import.get', {})).toBeNull();
    expect((await call('import.inspect', { path })).kind).toBe('baskets');
    const { id } = await call('import.start', { path });
    await vi.waitFor(async () => expect((await call('import.get', {}))?.state).toBe('done'));
    expect(await call('import.get', {})).toMatchObject({ id, sales: 2, lines: 3 });
    expect(importMoved).toHaveBeenLastCalledWith(id);
    await expect(call('import.cancel', { id })).rejects.toThrow('not-found');
  });
});
