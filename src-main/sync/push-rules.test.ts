import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { readIdentity } from '#main/store/identity.ts';
import { cutBatch, readOutbox, type OutboxBatch } from './outbox.ts';
import { createShapes } from './shapes.ts';
import { newStore } from './testing/cloud-rows.ts';
import type { TestPc } from './testing/pc.ts';
import { insert, insertSale, row, set } from './testing/rows.ts';
import { createTestShop } from './testing/shop.ts';
import { pack } from './transport/pack.ts';

let cloud: TestCloud;
const { open, allSettle, expectEqual, close } = createTestShop(() => cloud);
beforeAll(async () => {
  cloud = await testCloud();
});
afterEach(async () => {
  await close();
  await cloud.sql('update sync.limits set max_body = 4000000');
});
afterAll(() => cloud.stop());

const device = (pc: TestPc) => readIdentity(pc.store.read)?.deviceId ?? '';
const letters = (pc: TestPc) => pc.store.read.all('SELECT code FROM _dead_letters ORDER BY txn');

/** Calls a function of the cloud as a PC does, without the PC: what the network brings late, twice, or from somebody else. */
async function callAs<T>(pc: TestPc, call: string, args: readonly unknown[]): Promise<T> {
  const session = await cloud.session();
  try {
    await session.sql('begin');
    const id = device(pc);
    const claims = { sub: id, role: 'authenticated', app_metadata: { device_id: id, kind: 'device' } };
    await session.sql(`select set_config('request.jwt.claims', $1, true)`, [JSON.stringify(claims)]);
    await session.sql('set local role authenticated');
    const [answer] = await session.sql<{ answer: T }>(`select ${call} as answer`, args);
    await session.sql('commit');
    return answer?.answer as T;
  } finally {
    await session.end();
  }
}

const sendAs = (pc: TestPc, batch: number, body: object) => {
  const text = JSON.stringify(body);
  const hash = createHash('sha256').update(text).digest('hex');
  return callAs<{ status: string; units?: { r: string }[] }>(pc, 'public.sync_push($1, 0, $2, $3)', [
    batch,
    hash,
    text,
  ]);
};

async function lastBatch(pc: TestPc): Promise<number> {
  const [found] = await cloud.sql<{ n: number }>('select last_batch::int as n from sync.devices where id = $1', [
    device(pc),
  ]);
  return found?.n ?? -1;
}

async function restingPc(options: Parameters<typeof open>[1] = {}): Promise<TestPc> {
  const [pc] = (await open(1, options)) as [TestPc];
  pc.daemon.pause(null, 'test');
  return pc;
}

describe('a batch that is taken apart', () => {
  it('is not taken as a whole by a late copy of its first try', async () => {
    const pc = await restingPc();
    const product = crypto.randomUUID();
    const sale = insertSale(pc.store, product);
    const [first] = pc.store.apply(null, (db) => [
      cutBatch(db, {
        operations: 100,
        bytes: 100_000,
        now: 0,
        shapes: createShapes(pc.store),
        onTheWay: [],
      }) as OutboxBatch,
    ]);
    const next = (await lastBatch(pc)) + 1;
    const body = JSON.parse(first?.payload ?? '') as object;
    expect(await sendAs(pc, next, body)).toEqual({ status: 'split' });
    // meanwhile the product is there: the first try would be taken now
    await cloud.sql(
      `insert into products (id, sku, name, category, unit, price, cost, active) values ($1, 'S', 'P', 'c', 'pc', 1, 1, true)`,
      [product],
    );
    expect(await sendAs(pc, next, body)).toMatchObject({ status: 'split', replayed: true });
    expect(await lastBatch(pc)).toBe(next - 1);
    pc.daemon.resume();
    await pc.settle();
    expect(await cloud.sql('select 1 from transactions where id = $1', [sale])).toHaveLength(1);
    // also after that: it gets its own answer again, and has no effect
    expect(await sendAs(pc, next, body)).toMatchObject({ status: 'split', replayed: true });
    expect(await cloud.sql('select 1 from transactions where id = $1', [sale])).toHaveLength(1);
    expect(await lastBatch(pc)).toBe(next);
  });
});

describe('a row that a trigger of the operator brings back beside what a PC inserts', () => {
  afterEach(() =>
    cloud.sql('drop trigger if exists beside on public.products; drop function if exists public.beside() cascade'),
  );

  it('is back, under a version that follows the deletion, and the batch is taken', async () => {
    const back = crypto.randomUUID();
    const columns = '(id, sku, name, category, unit, price, cost, active)';
    await cloud.sql(`insert into products ${columns} values ($1, 'B', 'Back', 'c', 'pc', 1, 1, true)`, [back]);
    await cloud.sql('delete from products where id = $1', [back]);
    await cloud.sql(`create function public.beside() returns trigger language plpgsql security definer as $$ begin
      if not exists (select 1 from public.products where id = '${back}') then
        insert into public.products ${columns} values ('${back}', 'B', 'Back', 'c', 'pc', 1, 1, true);
      end if;
      return null; end $$`);
    await cloud.sql(
      'create trigger beside after insert on public.products for each statement execute function public.beside()',
    );
    const pc = await restingPc();
    const product = insert(pc.store, 'products', {});
    pc.daemon.resume();
    await pc.settle();
    expect(letters(pc)).toEqual([]);
    const states = await cloud.sql(
      'select row_id, ver, deleted from sync.row_state where row_id = any ($1) order by ver',
      [[back, product]],
    );
    expect(states).toEqual([
      { row_id: product, ver: 1, deleted: false },
      { row_id: back, ver: 3, deleted: false },
    ]);
  });
});

describe('what a PC may not say', () => {
  it('is that a row of its store belongs to a row of another one', async () => {
    const pc = await restingPc();
    const other = await newStore(cloud);
    const [customer, sale] = [crypto.randomUUID(), crypto.randomUUID()];
    const product = insert(pc.store, 'products', {});
    await cloud.sql(`insert into customers (id, store_id, name, credit_limit) values ($1, $2, 'theirs', 0)`, [
      customer,
      other,
    ]);
    await cloud.sql(
      `insert into transactions (id, store_id, number, started_at, ended_at, payment, customer_type, request_mode, request_type, suggestion, total)
       values ($1, $2, '1', now(), now(), 'cash', '', '', '', '', 0)`,
      [sale, other],
    );
    const storeId = readIdentity(pc.store.read)?.storeId ?? '';
    const mine = insert(pc.store, 'transactions', {});
    insert(pc.store, 'transaction_items', { transaction_id: sale, product_id: product });
    insert(pc.store, 'transactions', { customer_id: customer });
    set(pc.store, 'transactions', mine, { customer_id: customer });
    for (const [table, columns, values] of [
      ['stock_movements', 'product_id, kind, qty, transaction_id, at', [product, 'sale', 1, sale, 1]],
      ['credit_entries', 'customer_id, kind, amount, at', [customer, 'charge', 1, 1]],
    ] as const) {
      pc.store.transaction('clerk', (db) =>
        db.run(
          `INSERT INTO ${table} (id, store_id, ${columns}) VALUES (?, ?${', ?'.repeat(values.length)})`,
          crypto.randomUUID(),
          storeId,
          ...values,
        ),
      );
    }
    pc.daemon.resume();
    await pc.settle();
    expect(letters(pc)).toEqual(Array.from({ length: 5 }, () => ({ code: '23503' })));
  });

  it('is something else than JSON where JSON stands', async () => {
    const pc = await restingPc();
    const conflict = (fields: string, resolution: string | null) =>
      pc.store.transaction('clerk', (db) =>
        db.run(
          `INSERT INTO conflicts (id, scope, table_name, row_id, fields, incoming_at, opened_at, status, resolution)
           VALUES (?, 'chain', 'products', ?, ?, 1, 1, 'open', ?)`,
          crypto.randomUUID(),
          crypto.randomUUID(),
          fields,
          resolution,
        ),
      );
    conflict('[{"column": "price"}]', null);
    conflict('[{"column": "price"}]', '{"values": {}}');
    conflict('nonsense', null);
    conflict('{"column": "price"}', null);
    conflict('[{"column": 5}]', null);
    conflict('[]', '[]');
    conflict('[]', '{');
    insert(pc.store, 'customers', { tags: '["suki", "wholesale"]' });
    insert(pc.store, 'customers', { tags: '[]' });
    for (const tags of ['suki', '"suki"', '["suki", 5]', '[["suki"]]']) insert(pc.store, 'customers', { tags });
    pc.daemon.resume();
    await pc.settle();
    expect(letters(pc)).toEqual(Array.from({ length: 9 }, () => ({ code: '23514' })));
  });

  it('is more than the limit, packed or not', async () => {
    const pc = await restingPc();
    await cloud.sql('update sync.limits set max_body = 10000');
    const batch = (await lastBatch(pc)) + 1;
    const body = { sections: [], keys: [], x: 'y'.repeat(20_000) };
    await expect(sendAs(pc, batch, body)).rejects.toThrow('TOO_LARGE');
    const packed = pack(JSON.stringify(body));
    expect(packed.length).toBeLessThan(5000);
    const send = callAs(pc, 'public.sync_push_packed($1, 0, $2, $3)', [batch, 'hash', packed]);
    await expect(send).rejects.toThrow('TOO_LARGE');
    expect(await lastBatch(pc)).toBe(batch - 1);
  });
});

describe('a batch that is too large', () => {
  it('is sent in smaller ones, and what cannot be made smaller stops nothing', async () => {
    const pc = await restingPc();
    await cloud.sql('update sync.limits set max_body = 60000');
    const small = Array.from({ length: 12 }, () => insert(pc.store, 'customers', { note: 'n'.repeat(9000) }));
    const large = insert(pc.store, 'customers', { note: 'n'.repeat(70_000) });
    set(pc.store, 'customers', large, { note: 'behind it' });
    const last = insert(pc.store, 'customers', {});
    pc.daemon.resume();
    await pc.settle(20);
    const found = await cloud.sql('select 1 from customers where id = any($1)', [[...small, last]]);
    expect(found).toHaveLength(13);
    expect(letters(pc)).toEqual([{ code: 'too-large' }, { code: 'held' }]);
    expect(row(pc.store, 'customers', large)?.note).toBe('behind it');
  });

  it('is not even sent when the cloud could not unpack it', async () => {
    const pc = await restingPc();
    insert(pc.store, 'customers', { note: 'n'.repeat(17_000_000) });
    const last = insert(pc.store, 'customers', {});
    pc.daemon.resume();
    await pc.settle(20);
    expect(letters(pc)).toEqual([{ code: 'too-large' }]);
    expect(await cloud.sql('select 1 from customers where id = $1', [last])).toHaveLength(1);
  });

  it('is not given up because something else than the cloud says so to everything', async () => {
    const pc = await restingPc();
    const id = insert(pc.store, 'customers', {});
    const proxy = cloud.faults.add({ match: { path: 'sync_push' }, do: 'status', status: 413 });
    pc.daemon.resume();
    await expect.poll(() => pc.daemon.status().failure?.code).toBe('cloud-rude');
    expect(letters(pc)).toEqual([]);
    proxy.remove();
    await pc.settle();
    expect(await cloud.sql('select 1 from customers where id = $1', [id])).toHaveLength(1);
  });
});

describe('many batches written down before the first has an answer', () => {
  /** Everything that waits, as a change bundle has it: in units, one local transaction in each batch. */
  function bundle(pc: TestPc): OutboxBatch[] {
    for (;;) {
      const cut = pc.store.apply(null, (db) =>
        cutBatch(db, {
          operations: 1,
          bytes: 1,
          now: 0,
          shapes: createShapes(pc.store),
          onTheWay: readOutbox(db),
          bundle: true,
        }),
      );
      if (!cut) return readOutbox(pc.store.read);
    }
  }

  it('may touch the same rows, and apply one after the other', async () => {
    const [pc, other] = (await open(2)) as [TestPc, TestPc];
    const customer = insert(pc.store, 'customers', {});
    const level = insert(pc.store, 'stock_levels', { product_id: insert(pc.store, 'products', {}), qty: 10 });
    await allSettle();
    pc.daemon.pause(null, 'test');
    for (const qty of [9, 8, 7]) set(pc.store, 'stock_levels', level, { qty });
    for (const phone of ['1', '2', '3']) set(pc.store, 'customers', customer, { phone });
    expect(bundle(pc)).toHaveLength(6);
    // somebody else changes the same meanwhile, and this PC goes on after the bundle was made
    set(other.store, 'stock_levels', level, { qty: 5 });
    set(other.store, 'customers', customer, { address: 'theirs' });
    await other.settle();
    set(pc.store, 'customers', customer, { phone: '4' });
    set(pc.store, 'stock_levels', level, { qty: 6 });
    pc.daemon.resume();
    await allSettle(3);
    expect(letters(pc)).toEqual([]);
    for (const each of [pc, other]) {
      expect(row(each.store, 'stock_levels', level)?.qty).toBe(1);
      expect(row(each.store, 'customers', customer)).toMatchObject({ phone: '4', address: 'theirs' });
    }
    expect(await cloud.sql('select 1 from conflicts where row_id = $1', [customer])).toEqual([]);
    await expectEqual();
  });

  it('arrive by another way before this PC can send them, and have one effect', async () => {
    const pc = await restingPc();
    const level = insert(pc.store, 'stock_levels', { product_id: insert(pc.store, 'products', {}), qty: 10 });
    for (const qty of [9, 8]) set(pc.store, 'stock_levels', level, { qty });
    for (const { batch, payload } of bundle(pc)) {
      expect((await sendAs(pc, batch, JSON.parse(payload) as object)).status).toBe('ok');
    }
    set(pc.store, 'stock_levels', level, { qty: 7 });
    pc.daemon.resume();
    await pc.settle();
    expect(await cloud.sql('select qty::int from stock_levels where id = $1', [level])).toEqual([{ qty: 7 }]);
    expect(pc.store.read.get('SELECT count(*) AS n FROM _identities')).toEqual({ n: 1 });
    await expectEqual();
  });

  it('hold what follows on something that was refused, over the borders of batches, and let the rest flow', async () => {
    const pc = await restingPc();
    const product = insert(pc.store, 'products', {});
    pc.daemon.resume();
    await pc.settle();
    pc.daemon.pause(null, 'test');
    set(pc.store, 'products', product, { price: -1 });
    const free = insert(pc.store, 'customers', {});
    set(pc.store, 'products', product, { name: 'behind' });
    const sent = bundle(pc);
    expect(sent).toHaveLength(3);
    const replies = [];
    for (const { batch, payload } of sent) replies.push(await sendAs(pc, batch, JSON.parse(payload) as object));
    expect(replies.map(({ units }) => units?.map(({ r }) => r))).toEqual([['rejected'], ['ok'], ['held']]);
    pc.daemon.resume();
    await pc.settle();
    expect(letters(pc)).toEqual([{ code: '23514' }, { code: 'held' }]);
    expect(await cloud.sql('select 1 from customers where id = $1', [free])).toHaveLength(1);
    expect(await cloud.sql('select name, price::int from products where id = $1', [product])).toEqual([
      { name: 'Kape Uno', price: 800 },
    ]);
  });
});
