import { expect, it } from 'vitest';
import { fileName } from './inspection.ts';
import { toDraft, toMapping } from './mapping.ts';

it('asks for date, product and an amount', () => {
  expect(toMapping({})).toBeNull();
  expect(toMapping({ date: 'Date', product: 'Item' })).toBeNull();
  expect(toMapping({ product: 'Item', unitPrice: 'Price' })).toBeNull();
  expect(toMapping({ date: 'Date', product: 'Item', unitPrice: 'Price' })).toEqual({
    date: 'Date',
    product: 'Item',
    unitPrice: 'Price',
  });
  expect(toMapping({ date: 'Date', product: 'Item', lineTotal: 'Sum', receipt: 'No' })).toEqual({
    date: 'Date',
    product: 'Item',
    lineTotal: 'Sum',
    receipt: 'No',
  });
});

it('starts from the suggestion, without what was not recognised', () => {
  expect(toDraft({ date: 'Date', time: undefined })).toEqual({ date: 'Date' });
  expect(toDraft(null)).toEqual({});
});

it('names a file by the last part of its path, on every system', () => {
  expect(fileName('/data/till-october.csv')).toBe('till-october.csv');
  expect(fileName('C:\\Sales\\till-october.csv')).toBe('till-october.csv');
});
