import { expect, it } from 'vitest';
import { columnsOf, tableNames } from '#shared/register.ts';
import { columnLabel, tableLabel, tableLabelMany, valueLabel } from './labels.ts';

it('names every table and every column of the register in plain words', () => {
  const columns = new Set(tableNames.flatMap((table) => columnsOf(table)));
  expect(tableNames.filter((table) => tableLabel(table) === table || tableLabelMany(table) === table)).toEqual([]);
  expect([...columns].filter((column) => columnLabel(column) === column)).toEqual([]);
});

it('keeps what it does not know', () => {
  expect(tableLabel('ghosts')).toBe('ghosts');
  expect(valueLabel('payment', 'shells')).toBe('shells');
  expect(valueLabel('payment', 'gcash')).toBe('GCash');
});
