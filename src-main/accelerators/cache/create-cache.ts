import { LRUCache } from 'lru-cache';
import type { Result } from '#shared/result.ts';
import { ok } from '#shared/result.ts';
import type { Cache, CacheEntry, Cached, Kept, OnInvalidated, SharedLevel } from './types.ts';

export type CacheDeps = {
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Bytes of text that memory keeps at most. */
  readonly memoryBytes: number;
  /** Makes the second level; none unless given. */
  readonly openShared?: (onInvalidated: OnInvalidated) => SharedLevel;
};

type InMemory = Kept & { readonly marks: string; readonly expiresAt: number };
type Make = (signal: AbortSignal) => Promise<Result<unknown, unknown>>;
type Loaded = Kept & { readonly from: 'shared' | 'made' };
type Making = { readonly result: Promise<Result<Loaded, unknown>>; readonly stop: AbortController; waiting: number };

/** Memory, then what is shared, then the work itself. */
export function createCache(deps: CacheDeps): Cache {
  const memory = new LRUCache<string, InMemory>({
    maxSize: deps.memoryBytes,
    sizeCalculation: ({ text }) => text.length + 200,
  });
  const marks = new Map<string, number>();
  const making = new Map<string, Making>();
  const counts = { memory: 0, shared: 0, made: 0 };
  let round = 0;

  const outdate: OnInvalidated = (tags) => {
    // nobody knows what was missed
    if (tags === null) round += 1;
    for (const tag of tags ?? []) marks.set(tag, (marks.get(tag) ?? 0) + 1);
  };
  const shared = deps.openShared?.(outdate) ?? null;
  /** Names the state of the tags in this process; an entry or a piece of work with another one is worthless. */
  const marksOf = (tags: readonly string[]): string => [round, ...tags.map((tag) => marks.get(tag) ?? 0)].join(' ');

  const remember = (entry: CacheEntry<unknown>, kept: Kept, before: string): void => {
    const expiresAt = kept.madeAt + entry.ttlMs;
    if (before === marksOf(entry.tags) && expiresAt > deps.now()) {
      memory.set(entry.key, { ...kept, stamp: entry.stamp ?? '', marks: before, expiresAt });
    }
  };

  const inMemory = (entry: CacheEntry<unknown>): Kept | null => {
    const kept = memory.get(entry.key);
    if (kept === undefined) return null;
    const now = deps.now();
    const good =
      kept.marks === marksOf(entry.tags) &&
      kept.stamp === (entry.stamp ?? '') &&
      kept.expiresAt > now &&
      // the clock was set back
      kept.madeAt <= now;
    if (!good) memory.delete(entry.key);
    return good ? kept : null;
  };

  /** What others made of the same state; else the work, whose result is kept for them. */
  const load = async (
    entry: CacheEntry<unknown>,
    before: string,
    make: Make,
    signal: AbortSignal,
  ): Promise<Result<Loaded, unknown>> => {
    const stamp = [entry.stamp ?? '', entry.shared?.stamp() ?? ''].join('\n');
    const found = shared && entry.shared ? await shared.read(entry.key, entry.tags) : null;
    const taken = found?.kept ? takeShared(found.kept, stamp, entry, deps.now()) : null;
    const same = before === marksOf(entry.tags);
    if (taken && same) {
      counts.shared += 1;
      remember(entry, taken, before);
      return ok({ ...taken, from: 'shared' });
    }
    const madeAt = deps.now();
    const answer = await make(signal);
    if (!answer.ok) return answer;
    counts.made += 1;
    const kept = { text: JSON.stringify(answer.value), stamp, madeAt };
    remember(entry, kept, before);
    if (shared && found?.versions && before === marksOf(entry.tags)) {
      void shared.write(entry.key, kept, found.versions, entry.ttlMs);
    }
    return ok({ ...kept, from: 'made' });
  };

  /** One result for all who ask for the same while it is being made. */
  const together = (
    entry: CacheEntry<unknown>,
    make: Make,
    signal: AbortSignal | undefined,
  ): Promise<Result<Loaded, unknown>> => {
    const before = marksOf(entry.tags);
    const name = JSON.stringify([entry.key, entry.stamp, before]);
    const forget = (work: Making) => void (making.get(name) === work && making.delete(name));
    let work = making.get(name);
    if (work === undefined) {
      const stop = new AbortController();
      const started: Making = { result: load(entry, before, make, stop.signal), stop, waiting: 0 };
      making.set(name, started);
      started.result.then(
        () => forget(started),
        () => forget(started),
      );
      work = started;
    } else {
      counts.memory += 1;
    }
    const joined = work;
    return waitFor(joined, signal, () => forget(joined));
  };

  return {
    async get<T, E>(
      entry: CacheEntry<T>,
      make: (signal: AbortSignal) => Promise<Result<T, E>>,
      signal?: AbortSignal,
    ): Promise<Result<Cached<T>, E>> {
      const found = inMemory(entry);
      if (found) {
        counts.memory += 1;
        return ok(shown<T>(found, 'memory'));
      }
      const answer = await together(entry, make, signal);
      // `together` joins questions of the same key, so of the same value and failure.
      return answer.ok ? ok(shown<T>(answer.value, answer.value.from)) : (answer as Result<never, E>);
    },
    invalidate(tags) {
      outdate(tags);
      shared?.invalidate(tags);
    },
    health: () => shared?.health() ?? { shared: 'off', note: '' },
    counts,
    async close() {
      for (const { stop } of making.values()) stop.abort();
      await shared?.close();
    },
  };
}

/** What others made is used when it is of the same state, still good, and looks as it must. */
function takeShared<T>(kept: Kept, stamp: string, entry: CacheEntry<T>, now: number): Kept | null {
  if (kept.stamp !== stamp || kept.madeAt > now || kept.madeAt + entry.ttlMs <= now) return null;
  const value = parseJson(kept.text);
  return entry.shared?.schema.safeParse(value).success === true ? kept : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No schema takes `undefined`, so what is no JSON is made anew.
    return undefined;
  }
}

function shown<T>({ text, madeAt }: Kept, from: Cached<T>['from']): Cached<T> {
  return { value: JSON.parse(text) as T, madeAt, from };
}

/** Waits for work that others may wait for too; when the last one goes, it is stopped and forgotten. */
function waitFor(work: Making, signal: AbortSignal | undefined, forget: () => void): Promise<Result<Loaded, unknown>> {
  work.waiting += 1;
  if (!signal) return work.result;
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      work.waiting -= 1;
      if (work.waiting === 0) {
        forget();
        work.stop.abort();
      }
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    if (signal.aborted) return leave();
    signal.addEventListener('abort', leave, { once: true });
    const settled = (): void => signal.removeEventListener('abort', leave);
    work.result.then(resolve, reject).finally(settled);
  });
}
