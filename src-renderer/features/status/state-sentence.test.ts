import { describe, expect, it } from 'vitest';
import { appError } from '#shared/contract/errors.ts';
import type { SyncStatus } from '#shared/contract/schemas.ts';
import { stateInShort, stateSentence } from './state-sentence.ts';

const now = Date.parse('2026-11-23T10:42:00+08:00');
const calm: SyncStatus = {
  state: 'synced',
  phase: 'idle',
  waiting: 0,
  oldestWaitingAt: null,
  stuck: 0,
  openConflicts: 0,
  lastSuccessAt: now - 18 * 60_000,
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
const waiting = { waiting: 12, oldestWaitingAt: now - 17 * 60_000 };
const of = (changes: Partial<SyncStatus>) => stateSentence({ ...calm, ...changes }, now);

describe('the state sentence', () => {
  it('says that all is saved only after a full round', () => {
    expect(of({}).headline).toBe('All changes are saved in the cloud.');
    expect(of({}).details).toEqual(['Last full round 10:24, 18 minutes ago.']);
    expect(of({ lastSuccessAt: null })).toEqual({
      headline: 'Nothing waits to be sent.',
      details: ['No full round yet.'],
    });
  });

  it('says offline what still works, how long it waits and when it tries again', () => {
    expect(of({ ...waiting, state: 'offline', nextAttemptAt: now + 40_000 })).toEqual({
      headline: 'Offline. You can keep selling. 12 changes wait to be sent.',
      details: [
        'Last full round 10:24, 18 minutes ago.',
        'Oldest waiting change 17 minutes.',
        'Next try in 40 seconds.',
      ],
    });
    expect(of({ state: 'offline', nextAttemptAt: now - 1 }).details.at(-1)).toBe('Next try now.');
  });

  it('says "just now" instead of counting the first seconds, and leaves young changes out', () => {
    const status = { state: 'offline', waiting: 4, oldestWaitingAt: now - 3000, lastSuccessAt: now - 4000 } as const;
    expect(of(status).details).toEqual(['Last full round 10:41, just now.']);
    expect(of({ ...status, lastSuccessAt: now - 10_000 }).details).toEqual(['Last full round 10:41, 10 seconds ago.']);
  });

  it('says how far sending and receiving are', () => {
    expect(of({ ...waiting, state: 'syncing', phase: 'pushing' }).headline).toBe('Sending 12 changes…');
    const progress = { done: 120, total: 4000 };
    expect(of({ state: 'syncing', phase: 'pushing', progress }).headline).toBe('Sending changes: 120 of 4,000.');
    expect(of({ state: 'syncing', phase: 'pulling', progress: { done: 0, total: 0 } }).headline).toBe(
      'Receiving what other PCs changed…',
    );
  });

  it('says until when and why it is paused', () => {
    const pause = { until: now + 48 * 60_000, reason: 'Metered connection' };
    const sentence = of({ ...waiting, state: 'paused', pause });
    expect(sentence.headline).toBe('Paused until 11:30. You can keep selling. 12 changes wait.');
    expect(sentence.details).toContain('Reason: Metered connection.');
    const here = of({ state: 'paused', pause: { until: null, reason: 'Paused at this PC' } });
    expect(here.details[0]).toBe('Paused at this PC.');
    expect(of({ state: 'paused', pause: { ...pause, until: null } }).headline).toBe(
      'Paused. You can keep selling. Nothing waits to be sent.',
    );
  });

  it('names conflicts and stuck changes, each in its own sentence', () => {
    expect(of({ state: 'attention', openConflicts: 1, stuck: 2 }).headline).toBe(
      '1 conflict needs your choice. 2 changes could not be sent and need you.',
    );
    expect(of({ state: 'attention', openConflicts: 3 }).headline).toBe('3 conflicts need your choice.');
  });

  it('says in an error what to do, and that nothing is lost', () => {
    const failure = appError('sign-in-expired');
    const sentence = of({ ...waiting, state: 'error', failure });
    expect(sentence.headline).toBe(failure.message);
    expect(sentence.details[0]).toBe(failure.action);
    expect(sentence.details).toContain('12 changes wait to be sent.');
  });

  it('changes its headline with the state only, so that it is not read aloud every second', () => {
    const status = { ...calm, ...waiting, state: 'offline' as const, nextAttemptAt: now + 40_000 };
    expect(stateSentence(status, now + 20_000).headline).toBe(stateSentence(status, now).headline);
    expect(stateSentence(status, now + 20_000).details).not.toEqual(stateSentence(status, now).details);
  });
});

it('has a short form with the number waiting', () => {
  expect(stateInShort({ ...calm, state: 'offline', waiting: 12 })).toBe('Offline · 12 waiting');
  expect(stateInShort(calm)).toBe('Saved in the cloud');
});
