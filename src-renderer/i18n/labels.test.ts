import { expect, it } from 'vitest';
import { columnsOf, tableNames } from '#shared/register.ts';
import { columnLabel, tableLabel, tableLabelMany, valueLabel } from './labels.ts';

it('names every table and every column of the register in plain words', () => {
  for (const table of tableNames) {
    expect(tableLabel(table), table).not.toBe(table);
    expect(tableLabelMany(table), table).not.toBe(table);
    for (const column of columnsOf(table)) expect(columnLabel(column), `${table}.${column}`).not.toBe(column);
  }
});

it('keeps what it does not know', () => {
  expect(tableLabel('ghosts')).toBe('ghosts');
  expect(valueLabel('payment', 'shells')).toBe('shells');
  expect(valueLabel('payment', 'gcash')).toBe('GCash');
});
