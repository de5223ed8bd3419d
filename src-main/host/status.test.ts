import { describe, expect, it, onTestFinished } from 'vitest';
import { appError } from '#shared/contract/errors.ts';
import { writeMeta } from '#main/store/meta.ts';
import { testStore } from '#main/store/testing.ts';
import type { DaemonStatus } from '#main/sync/types.ts';
import { readNumbers } from './numbers.ts';
import { readPause } from '#main/sync/pause.ts';
import { readStatus, stateOf } from './status.ts';

const calm = { failure: null, needsPerson: false, paused: false, unreachable: false, busy: false };

describe('stateOf', () => {
  it('says the most urgent word first', () => {
    const all = { failure: appError('revoked'), needsPerson: true, paused: true, unreachable: true, busy: true };
    expect(stateOf(all)).toBe('error');
    expect(stateOf({ ...all, failure: null })).toBe('attention');
    expect(stateOf({ ...all, failure: null, needsPerson: false })).toBe('paused');
    expect(stateOf({ ...calm, unreachable: true, busy: true })).toBe('offline');
    expect(stateOf({ ...calm, busy: true })).toBe('syncing');
    expect(stateOf(calm)).toBe('synced');
  });

  it.each(['offline', 'cloud-busy', 'cloud-rude'] as const)(
    'does not call %s an error, and waits before it says offline',
    (code) => {
      expect(stateOf({ ...calm, failure: appError(code) })).toBe('synced');
      expect(stateOf({ ...calm, failure: appError(code), unreachable: true })).toBe('offline');
    },
  );

  it('asks for a person when the PC has no store yet', () => {
    expect(stateOf({ ...calm, failure: appError('not-enrolled') })).toBe('attention');
  });
});

describe('readStatus', () => {
  const idle: DaemonStatus = { phase: 'idle', nextAttemptAt: null, failure: null, progress: null };
  const identity = { deviceId: 'd', deviceName: 'Counter 1', storeId: 's', storeName: 'Store', counter: 1 };

  it('counts in the store: what waits, since when, what paused it', () => {
    let now = 5000;
    const { store, cleanup } = testStore({ identity, now: () => now });
    onTestFinished(cleanup);
    const read = (daemon = idle): ReturnType<typeof readStatus> =>
      readStatus({
        read: store.read,
        daemon: () => daemon,
        now: () => now,
        keyKeptBy: 'file',
        warnings: ['w'],
        offlineGraceMs: 30,
        unreachableSince: () => null,
      });
    expect(read()).toMatchObject({ state: 'synced', waiting: 0, device: { id: 'd' }, warnings: ['w'], failure: null });
    store.transaction('operator', (db) =>
      db.run(`INSERT INTO customers (id, store_id, name, credit_limit) VALUES ('c', 's', 'Nena', 0)`),
    );
    now = 9000;
    expect(read()).toMatchObject({ state: 'syncing', waiting: 1, oldestWaitingAt: 5000 });
    store.apply(null, (db) => writeMeta(db, 'pause', { until: 10_000, reason: 'inventory' }));
    expect(read()).toMatchObject({ state: 'paused', pause: { until: 10_000, reason: 'inventory' } });
    expect(readPause(store.read, 10_000)).toBeNull();
    store.apply(null, (db) => db.run('UPDATE _change_log SET state = 3'));
    expect(read()).toMatchObject({ state: 'attention', stuck: 1, waiting: 1 });
    expect(read({ ...idle, failure: appError('forked') })).toMatchObject({
      state: 'error',
      failure: { code: 'forked' },
    });
    expect(readNumbers(store)).toMatchObject({ pendingChanges: 1, lastSuccessAt: null, since: 5000, syncErrors: 0 });
  });
});
