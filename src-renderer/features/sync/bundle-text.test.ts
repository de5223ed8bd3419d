import { describe, expect, it } from 'vitest';
import type { BundleImport, BundleInspection, BundleRun } from '#shared/contract/bundles.ts';
import { exportText, fileName, importText, inspectionText, outcomeText, suggestedName } from './bundle-text.ts';

const at = Date.UTC(2026, 10, 23, 2, 42);

describe('names of files', () => {
  it('stand without their folders, on every system', () => {
    expect(fileName('/media/stick/a.pulserbundle')).toBe('a.pulserbundle');
    expect(fileName(String.raw`E:\stick\a.pulserbundle`)).toBe('a.pulserbundle');
  });

  it('are suggested from the PC and the day in Manila', () => {
    expect(suggestedName('Counter 1', at)).toBe('counter-1-2026-11-23.pulserbundle');
    expect(suggestedName('Caja: Ñ/7', Date.UTC(2026, 10, 23, 17))).toBe('caja-7-2026-11-24.pulserbundle');
    expect(suggestedName('柜台', at)).toBe('changes-2026-11-23.pulserbundle');
  });
});

describe('an export in words', () => {
  it('says what is in it and that it goes on waiting, and what stays out', () => {
    const done = { path: '/stick/a.pulserbundle', batches: 1, operations: 1, bytes: 2100, left: 0 };
    expect(exportText(done)).toEqual([
      '1 change is in a.pulserbundle (2.1\u00a0KB). It also waits here until the cloud has confirmed it.',
    ]);
    expect(exportText({ ...done, left: 2 })[1]).toBe(
      '2 changes stay out of it: they need a person, or an update of the cloud.',
    );
  });
});

describe('a file in words', () => {
  const bundle: BundleInspection = {
    kind: 'bundle',
    deviceName: 'Counter 2',
    storeName: 'Aling Nena Store',
    own: false,
    batches: 2,
    operations: 740,
    bytes: 61_000,
    createdAt: at,
    importedBefore: false,
  };

  it('says whose changes they are, how many, and from when', () => {
    expect(inspectionText(bundle, at)).toEqual([
      '740 changes of Counter 2, Aling Nena Store, 61\u00a0KB.',
      'Written 10:42.',
    ]);
    expect(inspectionText({ ...bundle, own: true, importedBefore: true }, at)).toEqual([
      '740 changes of this PC, 61\u00a0KB.',
      'Written 10:42.',
      'It was taken here before. Once more does no harm.',
    ]);
  });

  it('says where an answer belongs', () => {
    const answer: BundleInspection = { ...bundle, kind: 'answer', createdAt: null };
    expect(inspectionText(answer, at)).toEqual([
      'The answer of the cloud to 740 changes of Counter 2, Aling Nena Store.',
      'It belongs on the PC that wrote the bundle.',
    ]);
    expect(inspectionText({ ...answer, own: true }, at)).toHaveLength(1);
  });
});

describe('what came of a file', () => {
  const done: BundleImport = {
    kind: 'bundle',
    deviceName: 'Counter 2',
    batches: 1,
    operations: 3,
    known: 0,
    refused: 0,
    held: 0,
    answerPath: '/stick/a.pulseranswer',
  };

  it('is said with where the answer lies', () => {
    expect(importText(done)).toEqual([
      '3 changes of Counter 2 have reached the cloud.',
      'The answer lies beside it as a.pulseranswer. Taken back to Counter 2 it saves a network there; it is not needed.',
    ]);
    expect(importText({ ...done, answerPath: null }).at(-1)).toContain('No answer could be written');
  });

  it('never claims news that were none, and counts what needs a person', () => {
    expect(importText({ ...done, operations: 0 })[0]).toBe('Nothing in it was new.');
    expect(importText({ ...done, operations: 0, known: 3, refused: 1, held: 1 }).slice(0, 2)).toEqual([
      '3 changes had come before by another way.',
      '2 records need a person: the queue of Counter 2 says why.',
    ]);
  });

  it('says of an answer what is confirmed', () => {
    expect(importText({ ...done, kind: 'answer', answerPath: null })).toEqual([
      '3 changes of this PC are confirmed now.',
    ]);
  });
});

describe('a line of the history', () => {
  const run: BundleRun = {
    id: 1,
    at,
    kind: 'export',
    file: 'a.pulserbundle',
    deviceName: 'Counter 1',
    batches: 1,
    operations: 3,
    refused: 0,
    outcome: 'done',
    error: null,
    confirmed: false,
  };

  it('says of an export whether the cloud has it meanwhile', () => {
    expect(outcomeText(run)).toBe('3 changes, not in the cloud yet');
    expect(outcomeText({ ...run, confirmed: true })).toBe('3 changes, in the cloud');
  });

  it('says what to do with what did not arrive', () => {
    expect(outcomeText({ ...run, kind: 'import', confirmed: null })).toBe('3 changes');
    expect(outcomeText({ ...run, outcome: 'partly', confirmed: null })).toBe('a part arrived, do it again');
    expect(outcomeText({ ...run, outcome: 'running' })).toBe('not finished, do it again');
  });
});
