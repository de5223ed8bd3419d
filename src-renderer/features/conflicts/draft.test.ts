import { describe, expect, it } from 'vitest';
import type { ConflictItem } from '#shared/contract/schemas.ts';
import { canWrite, ownText, readOwn } from '../../ui/own-value.ts';
import { keepPicks, leftSide, pickAll, preview, recordResolution, recordWish, resolution, sideOfAll } from './draft.ts';

const here = { deviceId: 'd1', deviceName: 'Counter 1', isThisDevice: true, actor: 'Owner', at: 1 };
const there = { deviceId: 'd2', deviceName: 'Counter 2', isThisDevice: false, actor: 'Clerk', at: 2 };
const item: ConflictItem = {
  id: 'c1',
  kind: 'fields',
  image: null,
  history: [],
  table: 'products',
  rowId: 'p1',
  title: 'Kape Uno',
  incoming: here,
  kept: there,
  fields: [
    { column: 'price', base: 800, incoming: 850, kept: 900 },
    { column: 'name', base: 'Kape', incoming: 'Kape Uno', kept: 'Kape 3in1' },
  ],
  record: { id: 'p1', price: 900, name: 'Kape 3in1', cost: 640, secret: 'not in the register' },
  openedAt: 3,
  status: 'open',
  resolution: null,
};

describe('a resolution', () => {
  it('is none before every field was chosen', () => {
    expect(resolution(item, {})).toBeNull();
    expect(resolution(item, { price: { from: 'incoming' } })).toBeNull();
  });

  it('takes each field from the side chosen for it, and says what was seen', () => {
    expect(resolution(item, { price: { from: 'incoming' }, name: { from: 'kept' } })).toEqual({
      id: 'c1',
      values: { price: 850, name: 'Kape 3in1' },
      seen: { price: 900, name: 'Kape 3in1' },
    });
  });

  it('reads a value of the person’s own by the column’s type', () => {
    const picks = { ...pickAll(item, 'kept'), price: { from: 'own', text: '8.75' } as const };
    expect(resolution(item, picks)?.values).toEqual({ price: 875, name: 'Kape 3in1' });
    expect(resolution(item, { ...picks, price: { from: 'own', text: 'cheap' } })).toBeNull();
  });

  it('sends null for an emptied optional field and refuses to empty a needed one', () => {
    expect(readOwn('customers', 'phone', ' ')).toBeNull();
    expect(readOwn('customers', 'name', ' ')).toBeUndefined();
  });

  it('has seen nothing of a deleted record', () => {
    expect(resolution({ ...item, record: null }, pickAll(item, 'incoming'))?.seen).toEqual({});
  });
});

describe('the preview', () => {
  it('shows chosen, open and impossible values first, then the rest of the record', () => {
    expect(preview(item, { price: { from: 'own', text: 'x' } })).toEqual([
      { column: 'price', value: undefined, state: 'bad' },
      { column: 'name', value: undefined, state: 'open' },
      { column: 'cost', value: 640, state: 'same' },
    ]);
    expect(preview(item, pickAll(item, 'incoming'))[0]).toEqual({ column: 'price', value: 850, state: 'chosen' });
  });
});

describe('the sides', () => {
  it('put this PC left, whichever it is', () => {
    expect(leftSide(item)).toBe('incoming');
    expect(leftSide({ incoming: there, kept: here })).toBe('kept');
    expect(leftSide({ incoming: there, kept: there })).toBe('incoming');
  });
});

it('keeps only the choices that still mean the same after the record moved', () => {
  const after = { ...item, fields: [{ column: 'price', base: 800, incoming: 850, kept: 950 }, item.fields[1]!] };
  expect(keepPicks(item, after, pickAll(item, 'kept'))).toEqual({ name: { from: 'kept' } });
  expect(keepPicks(item, after, { price: { from: 'incoming' } })).toEqual({ price: { from: 'incoming' } });
  const own = { price: { from: 'own', text: '9' } as const };
  expect(keepPicks(item, after, own)).toEqual(own);
  expect(keepPicks(item, { ...item, fields: [] }, own)).toEqual({});
});

it('lets people write text and numbers, not ids', () => {
  expect(canWrite('products', 'price')).toBe(true);
  expect(canWrite('transactions', 'customer_id')).toBe(false);
  expect(ownText('products', 'price', 123_450)).toBe('1,234.50');
  expect(readOwn('products', 'price', ownText('products', 'price', 123_450))).toBe(123_450);
});

describe('one answer for many', () => {
  it('needs one side for every field', () => {
    expect(sideOfAll(item, {})).toBeNull();
    expect(sideOfAll(item, pickAll(item, 'kept'))).toBe('kept');
    expect(sideOfAll(item, { ...pickAll(item, 'kept'), name: { from: 'incoming' } })).toBeNull();
    expect(sideOfAll(item, { price: { from: 'own', text: '9' }, name: { from: 'own', text: 'x' } })).toBeNull();
  });
});

describe('a conflict about a deletion', () => {
  const fields = [{ column: 'price', base: 800, incoming: 900, kept: null }];
  const gone: ConflictItem = { ...item, kind: 'update', fields, record: null, image: { price: 800, name: 'Kape' } };
  const standing: ConflictItem = {
    ...item,
    kind: 'delete',
    fields: [{ column: 'price', base: 800, incoming: null, kept: 900 }],
  };

  it('brings a deleted record back with the change, or leaves it', () => {
    expect(recordResolution(gone, 'keep')).toEqual({ id: 'c1', values: { price: 900 }, seen: {}, record: 'keep' });
    expect(recordResolution(gone, 'delete')).toEqual({ id: 'c1', values: {}, seen: {}, record: 'delete' });
  });

  it('keeps or deletes one that is there, and says what was seen', () => {
    const seen = { price: 900 };
    expect(recordResolution(standing, 'keep')).toEqual({ id: 'c1', values: {}, seen, record: 'keep' });
    expect(recordResolution(standing, 'delete')).toEqual({ id: 'c1', values: {}, seen, record: 'delete' });
  });

  it('knows which side wants what', () => {
    expect([recordWish(gone, 'incoming'), recordWish(gone, 'kept')]).toEqual(['keep', 'delete']);
    expect([recordWish(standing, 'incoming'), recordWish(standing, 'kept')]).toEqual(['delete', 'keep']);
  });
});
