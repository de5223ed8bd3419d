import { afterEach, beforeEach, expect, it } from 'vitest';
import { testStore } from '#main/store/testing.ts';
import type { Store } from '#main/store/types.ts';
import { addNote } from './notes.ts';
import { createProduct } from './products.ts';
import { recordSale } from './sales.ts';
import { here, value } from './testing.ts';

let store: Store;
let cleanup: () => void;
let clock = 1_790_000_000_000;
beforeEach(() => ({ store, cleanup } = testStore({ identity: here, now: () => (clock += 1000) })));
afterEach(() => cleanup());

const found = (words: string) =>
  store.read
    .all<{ text: string }>(
      `SELECT t.text FROM _transcript_words w JOIN _transcript_documents d ON d.document = w.rowid JOIN transcripts t ON t.id = d.id
       WHERE _transcript_words MATCH ? ORDER BY t.text`,
      words,
    )
    .map(({ text }) => text);
const note = (text: string, more: object = {}) => value(addNote(store, { text, language: 'taglish', ...more }, 'Nena'));

it('writes a note with its store, PC and region, as a change that travels', () => {
  store.apply(null, (db) =>
    db.run(`INSERT INTO stores VALUES (?, 'A', 'Aling Nena', 'NCR', 'MM', 'Manila', 'Tondo')`, here.storeId),
  );
  const { id, at } = note('Walang Ulap Red, kinuha ang Amihan', { brand: 'Ulap', metadata: { mood: 'ok' } });
  expect(store.read.get('SELECT * FROM transcripts WHERE id = ?', id)).toEqual({
    id,
    store_id: here.storeId,
    device_id: here.deviceId,
    at,
    region: 'NCR',
    brand: 'Ulap',
    language: 'taglish',
    text: 'Walang Ulap Red, kinuha ang Amihan',
    transaction_id: null,
    metadata: '{"mood":"ok"}',
  });
  expect(store.read.all('SELECT table_name, op, actor FROM _change_log')).toEqual([
    { table_name: 'transcripts', op: 'I', actor: 'Nena' },
  ]);
});

it('finds words whoever wrote, changed or deleted the note, also without accents', () => {
  const { id } = note('Naghahanap ng kapé', { brand: 'Barako' });
  note('Gatas para sa bata');
  expect(found('kape')).toEqual(['Naghahanap ng kapé']);
  expect(found('barako')).toEqual(['Naghahanap ng kapé']);
  store.apply({ tables: ['transcripts'], origin: 'cloud' }, (db) =>
    db.run(`UPDATE transcripts SET text = 'Naghahanap ng tsaa' WHERE id = ?`, id),
  );
  expect(found('kape')).toEqual([]);
  expect(found('tsaa')).toEqual(['Naghahanap ng tsaa']);
  store.apply(null, (db) => db.run('DELETE FROM transcripts WHERE id = ?', id));
  expect(found('tsaa')).toEqual([]);
  // the same row comes back, as from the cloud
  store.apply(null, (db) =>
    db.run(
      `INSERT INTO transcripts (id, store_id, at, language, text) VALUES (?, ?, 1, 'en', 'tsaa again')
       ON CONFLICT (id) DO UPDATE SET text = excluded.text`,
      id,
      here.storeId,
    ),
  );
  expect(found('tsaa')).toEqual(['tsaa again']);
});

it('refers to sales of this store only', () => {
  const product = { sku: 'K', name: 'Kape', category: 'coffee', unit: 'pc', price: 800, cost: 500 };
  const { id: productId } = value(createProduct(store, product));
  const sale = value(recordSale(store, { items: [{ productId, qty: 1000 }], payment: 'cash', customerId: null }));
  note('About the sale', { transactionId: sale.id });
  const other = addNote(store, { text: 'x', language: 'en', transactionId: store.newId() });
  expect(other).toMatchObject({ ok: false, error: { code: 'not-found' } });
});

it('writes once for a key', () => {
  const first = note('Once', { key: 'a' });
  expect(note('Once', { key: 'a' })).toEqual(first);
  expect(addNote(store, { text: 'Twice', language: 'en', key: 'a' })).toMatchObject({ error: { code: 'bad-input' } });
  expect(store.read.get('SELECT count(*) AS n FROM transcripts')).toEqual({ n: 1 });
});
