import type { SyncState, SyncStatus } from '#shared/contract/schemas.ts';
import { assertNever } from '#shared/result.ts';
import { t, type PlainKey } from '../../i18n/translate.ts';
import { formatAgo, formatSpan, formatTime } from '../../ui/format.ts';
import type { Tone } from '../../ui/tone.ts';

/** How things stand, in whole sentences: the first says what is and what still works, the others what to know beside it. */
export type StateSentence = { headline: string; details: string[] };

/** The sentence of a status at a moment (ms UTC). The headline changes only when the state does; details tick. */
export function stateSentence(status: SyncStatus, now: number): StateSentence {
  return { headline: headline(status, now), details: details(status, now) };
}

function headline(status: SyncStatus, now: number): string {
  const { state } = status;
  switch (state) {
    case 'synced':
      return status.lastSuccessAt === null ? t('state.synced.never') : t('state.synced');
    case 'syncing':
      return working(status);
    case 'offline':
      return status.waiting === 0 ? t('state.offline.clear') : t('state.offline', { n: status.waiting });
    case 'paused':
      return paused(status, now);
    case 'attention':
      return attention(status);
    case 'error':
      return status.failure?.message ?? t('state.error');
    default:
      return assertNever(state);
  }
}

function working(status: SyncStatus): string {
  const { progress } = status;
  switch (status.phase) {
    case 'pushing':
      return progress === null ? t('state.sending', { n: status.waiting }) : t('state.sending.progress', progress);
    case 'pulling':
      return progress === null || progress.total === 0 ? t('state.receiving') : t('state.receiving.progress', progress);
    case 'idle':
      return t('state.checking');
    default:
      return assertNever(status.phase);
  }
}

function paused(status: SyncStatus, now: number): string {
  const until = status.pause?.until ?? null;
  if (until === null) return status.waiting === 0 ? t('state.paused.clear') : t('state.paused', { n: status.waiting });
  const values = { until: formatTime(until, now), n: status.waiting };
  return status.waiting === 0 ? t('state.paused.until.clear', values) : t('state.paused.until', values);
}

function attention(status: SyncStatus): string {
  const sentences = [
    ...(status.openConflicts > 0 ? [t('state.conflicts', { n: status.openConflicts })] : []),
    ...(status.stuck > 0 ? [t('state.stuck', { n: status.stuck })] : []),
  ];
  return sentences.length > 0 ? sentences.join(' ') : t('state.attention');
}

function details(status: SyncStatus, now: number): string[] {
  const sentences: string[] = [];
  const { state, failure, pause } = status;
  if (state === 'error' && failure !== null) sentences.push(failure.action);
  if (state === 'attention') sentences.push(t('state.attention.rest'));
  if (state === 'paused' && pause !== null) sentences.push(whyPaused(pause.reason));
  sentences.push(lastRound(status.lastSuccessAt, now));
  if ((state === 'error' || state === 'attention') && status.waiting > 0)
    sentences.push(t('state.waiting', { n: status.waiting }));
  const age = status.oldestWaitingAt === null || status.waiting === 0 ? 0 : now - status.oldestWaitingAt;
  // A change of this minute is no news: everything waits that long.
  if (age >= 60_000 && state !== 'syncing') sentences.push(t('state.oldest', { age: formatSpan(age) }));
  if (status.nextAttemptAt !== null && state === 'offline') {
    const left = status.nextAttemptAt - now;
    sentences.push(left < 1000 ? t('state.next.now') : t('state.next', { in: formatSpan(left) }));
  }
  return sentences;
}

/** The window's own reason is a sentence already; any other one is quoted. */
function whyPaused(reason: string): string {
  return reason === t('sync.pause.reason') ? `${reason}.` : t('state.reason', { reason });
}

function lastRound(at: number | null, now: number): string {
  if (at === null) return t('state.last.never');
  const values = { at: formatTime(at, now), ago: formatAgo(at, now) };
  return now - at < 10_000 ? t('state.last.now', values) : t('state.last', values);
}

const shortKeys: Readonly<Record<SyncState, PlainKey>> = {
  synced: 'state.short.synced',
  syncing: 'state.short.syncing',
  offline: 'state.short.offline',
  paused: 'state.short.paused',
  attention: 'state.short.attention',
  error: 'state.short.error',
};

/** The state in a few words, for the navigation. */
export function stateInShort(status: SyncStatus): string {
  const state = t(shortKeys[status.state]);
  return status.waiting > 0 ? t('state.short.waiting', { state, n: status.waiting }) : state;
}

const tones: Readonly<Record<SyncState, Tone>> = {
  synced: 'accent',
  syncing: 'blue',
  offline: 'amber',
  paused: 'grey',
  attention: 'amber',
  error: 'red',
};

/** The colour family of a state; it always comes with the state's own icon. */
export function toneOfState(state: SyncState): Tone {
  return tones[state];
}
