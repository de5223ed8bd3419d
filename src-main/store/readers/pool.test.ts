import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { testStore } from '../testing.ts';
import type { Store } from '../types.ts';
import { ReaderStopped } from './messages.ts';
import { createReaderPool, type ReaderPool } from './pool.ts';
import type { testQueries } from './testing/reader.ts';

let store: Store;
let file: string;
let cleanup: () => void;
let idle: (() => void)[] = [];
const pools: ReaderPool<typeof testQueries>[] = [];

beforeEach(() => {
  ({ store, file, cleanup } = testStore());
  idle = [];
  addProduct('Kape');
  addProduct('Gatas');
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
  cleanup();
});

function addProduct(name: string): void {
  store.transaction('test', (db) =>
    db.run(
      `INSERT INTO products (id, sku, name, category, unit, price, cost, active) VALUES (?, ?, ?, 'x', 'pc', 1, 1, 1)`,
      store.newId(),
      name,
      name,
    ),
  );
}

function openPool(size = 1, key = new Uint8Array(32).fill(7)): ReaderPool<typeof testQueries> {
  const made = createReaderPool<typeof testQueries>({
    entry: join(import.meta.dirname, 'testing', 'reader.ts'),
    data: { file, key },
    size,
    idleMs: 1000,
    after: (_ms, work) => {
      idle.push(work);
      return () => (idle = idle.filter((other) => other !== work));
    },
  });
  pools.push(made);
  return made;
}
// a thread takes its time to start on a busy machine
const until = (check: () => void) => vi.waitFor(check, { timeout: 25_000, interval: 5 });
const gate = () => new Int32Array(new SharedArrayBuffer(4));
function open(shut: Int32Array): void {
  Atomics.store(shut, 0, 1);
  Atomics.notify(shut, 0);
}

it('reads what was committed before, and what is committed later the next time', async () => {
  const readers = openPool();
  expect(await readers.ask('names', { like: '%' })).toEqual({ ok: true, value: ['Gatas', 'Kape'] });
  addProduct('Asin');
  expect(await readers.ask('names', { like: 'A%' })).toEqual({ ok: true, value: ['Asin'] });
});

it('answers one question from one state of the store, while the host writes', async () => {
  const readers = openPool();
  const shut = gate();
  const seen: number[] = [];
  const answer = readers.ask('twice', { gate: shut }, { progress: (done) => seen.push(done) });
  await until(() => expect(seen).toEqual([1]));
  addProduct('Asin');
  open(shut);
  expect(await answer).toEqual({ ok: true, value: [2, 2] });
});

it('lets as many questions run at once as there are threads; others wait', async () => {
  const readers = openPool(2);
  const gates = [gate(), gate(), gate()];
  const started: number[] = [];
  const answers = gates.map((shut, index) =>
    readers.ask('twice', { gate: shut }, { progress: () => started.push(index) }),
  );
  await until(() => expect(started.toSorted((a, b) => a - b)).toEqual([0, 1]));
  expect(readers.state).toEqual({ threads: 2, questions: 3 });
  open(gates[1] as Int32Array);
  await answers[1];
  await until(() => expect(started).toContain(2));
  for (const shut of gates) open(shut);
  await Promise.all(answers);
  expect(readers.state).toEqual({ threads: 2, questions: 0 });
});

it('takes a question back that waits, and one that runs', async () => {
  const readers = openPool();
  const [runs, waits] = [new AbortController(), new AbortController()];
  const started: number[] = [];
  const running = readers.ask('twice', { gate: gate() }, { signal: runs.signal, progress: () => started.push(1) });
  const waiting = readers.ask('names', { like: '%' }, { signal: waits.signal });
  await until(() => expect(started).toEqual([1]));
  waits.abort();
  await expect(waiting).rejects.toThrow(ReaderStopped);
  runs.abort();
  await expect(running).rejects.toThrow(ReaderStopped);
  expect(await readers.ask('names', { like: 'K%' })).toMatchObject({ value: ['Kape'] });
});

it('cannot write, and tells a bug from a failure of the store', async () => {
  const readers = openPool();
  await expect(readers.ask('write', undefined as never)).resolves.toMatchObject({ error: { code: 'disk-unwritable' } });
  await expect(readers.ask('wrong', undefined as never)).rejects.toThrow('a bug');
  await expect(readers.ask('missing', undefined as never)).rejects.toThrow('no such table');
  await expect(readers.ask('unknown' as never, undefined as never)).rejects.toThrow('No reader query');
  expect(await readers.ask('names', { like: 'K%' })).toMatchObject({ value: ['Kape'] });
});

it('goes on with a new thread when one dies', async () => {
  const readers = openPool();
  const dying = readers.ask('die', undefined);
  const behind = readers.ask('names', { like: 'K%' });
  await expect(dying).rejects.toThrow('ended while it was reading');
  expect(await behind).toMatchObject({ value: ['Kape'] });
});

it('says what is wrong when the store cannot be opened', async () => {
  await expect(openPool(1, new Uint8Array(32)).ask('names', { like: '%' })).rejects.toThrow('database-key');
});

it('ends a thread that has nothing to do, and starts one again', async () => {
  const readers = openPool();
  await readers.ask('names', { like: '%' });
  expect(idle).toHaveLength(1);
  idle[0]?.();
  await until(() => expect(readers.state.threads).toBe(0));
  expect(await readers.ask('names', { like: 'K%' })).toMatchObject({ value: ['Kape'] });
});

it('stops what runs when it is closed, and answers nothing any more', async () => {
  const readers = openPool();
  const started: number[] = [];
  const running = readers.ask('twice', { gate: gate() }, { progress: () => started.push(1) });
  const waiting = readers.ask('names', { like: '%' });
  const outcomes = Promise.allSettled([running, waiting]);
  await until(() => expect(started).toEqual([1]));
  await readers.close();
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(readers.ask('names', { like: '%' })).rejects.toThrow(ReaderStopped);
  expect(readers.state).toEqual({ threads: 0, questions: 0 });
});
