import { describe, expect, it } from 'vitest';
import type { CommandOutput } from '#shared/contract/commands.ts';
import type { PastVerification } from '#shared/contract/verification.ts';
import { pastText, verdictOf, verificationText } from './verification-text.ts';

const nothing = { missing: 0, extra: 0, different: 0, version: 0 };

const past = (change: Partial<PastVerification>): PastVerification => ({
  id: 1,
  at: 1000,
  cause: 'operator',
  depth: 'content',
  whole: true,
  outcome: 'equal',
  rows: 1284,
  repaired: nothing,
  reason: null,
  ...change,
});

const report = (change: Partial<CommandOutput<'sync.verify'>>): CommandOutput<'sync.verify'> => ({
  depth: 'content',
  equal: true,
  reason: null,
  tables: [
    { table: 'products', rows: 1000, cloudRows: 1000, differingBuckets: 0, repaired: 0 },
    { table: 'stores', rows: 1, cloudRows: 1, differingBuckets: 0, repaired: 0 },
  ],
  repaired: nothing,
  ...change,
});

describe('a comparison in words', () => {
  it('says how much was compared when nothing differed', () => {
    expect(verificationText(report({}))).toEqual(['1,001 records compared, value by value.', 'Nothing differed.']);
    expect(verificationText(report({ depth: 'versions' }))[0]).toBe('1,001 records compared.');
  });

  it('names every kind of difference, and that all is right now', () => {
    const repaired = { missing: 2, extra: 1, different: 3, version: 0 };
    expect(verificationText(report({ equal: false, repaired })).slice(1)).toEqual([
      '2 were missing here.',
      '1 was only here.',
      '3 had other values.',
      '6 records are put right.',
    ]);
    expect(verificationText(report({ equal: false, repaired: { ...nothing, version: 1 } })).at(-1)).toBe(
      '1 record is put right.',
    );
  });

  it('claims no repair when there was none', () => {
    expect(verificationText(report({ equal: false }))).toEqual([
      '1,001 records compared, value by value.',
      'Something differed for a moment, and was equal when looked at again.',
    ]);
  });

  it('claims nothing when nothing was compared', () => {
    const text = verificationText(report({ equal: false, tables: [], reason: 'Data is still being loaded.' }));
    expect(text).toEqual(['Nothing was compared: Data is still being loaded.']);
  });
});

describe('the verdict', () => {
  it('is what the newest comparison says', () => {
    expect(verdictOf(null, undefined)).toBeNull();
    expect(verdictOf(past({}), undefined)).toEqual({ kind: 'equal', at: 1000 });
    const repaired = { ...nothing, missing: 4, version: 1 };
    expect(verdictOf(past({ outcome: 'repaired', repaired }), { reason: null })).toEqual({
      kind: 'repaired',
      at: 1000,
      records: 5,
    });
  });

  it('says first that what was asked for is not possible now', () => {
    expect(verdictOf(past({}), { reason: 'Wait.' })).toEqual({ kind: 'later', reason: 'Wait.' });
  });
});

describe('a comparison of the past', () => {
  it('is a few words', () => {
    expect(pastText(past({}))).toBe('1,284 records, equal');
    expect(pastText(past({ outcome: 'repaired', repaired: { ...nothing, different: 1 } }))).toBe('1 put right');
    expect(pastText(past({ outcome: 'not-now', reason: 'Wait.' }))).toBe('not possible then');
  });
});
