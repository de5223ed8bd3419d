import { expect, it } from 'vitest';
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
