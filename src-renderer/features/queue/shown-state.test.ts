import { expect, it } from 'vitest';
import { appError } from '#shared/contract/errors.ts';
import type { SyncStatus } from '#shared/contract/schemas.ts';
import { queueLead } from './queue-lead.ts';
import { shownState } from './shown-state.ts';

const status: SyncStatus = {
  state: 'syncing',
  phase: 'pushing',
  waiting: 3,
  oldestWaitingAt: 1,
  stuck: 0,
  openConflicts: 0,
  lastSuccessAt: 1,
  nextAttemptAt: null,
  pause: null,
  failure: null,
  progress: null,
  filling: null,
  store: { id: 's', name: 'Store' },
  device: { id: 'd', name: 'Counter 1' },
  keyKeptBy: 'system',
  warnings: [],
};

it('calls a change sending only while this PC sends', () => {
  expect(shownState('sending', status)).toBe('sending');
  expect(shownState('sending', undefined)).toBe('sending');
  for (const state of ['offline', 'paused', 'error'] as const)
    expect(shownState('sending', { ...status, state })).toBe('again');
});

it('sees a pause and a broken line behind a conflict', () => {
  const attention = { ...status, state: 'attention', phase: 'idle', openConflicts: 1 } as const;
  expect(shownState('sending', attention)).toBe('sending');
  expect(shownState('sending', { ...attention, pause: { until: null, reason: 'x' } })).toBe('again');
  expect(shownState('sending', { ...attention, failure: appError('offline') })).toBe('again');
});

it('leaves every other state as it is', () => {
  for (const state of ['saved', 'held', 'refused', 'discarded'] as const)
    expect(shownState(state, { ...status, state: 'offline' })).toBe(state);
});

it('says entries and changes in one sentence', () => {
  expect(queueLead(0, 0)).toBe('Everything on this PC has reached the cloud.');
  expect(queueLead(1, 1)).toBe('1 entry with 1 change waits for the cloud. It is safe on this PC.');
  expect(queueLead(1, 4)).toBe('1 entry with 4 changes waits for the cloud. It is safe on this PC.');
  expect(queueLead(3, 6)).toBe('3 entries with 6 changes wait for the cloud. They are safe on this PC.');
  expect(queueLead(1200, 6000)).toBe('1,200 entries with 6,000 changes wait for the cloud. They are safe on this PC.');
});
