import type { z } from 'zod';
import type { Result } from '#shared/result.ts';

/** What is kept under a key, and for how long it is good. */
export type CacheEntry<T> = {
  /** Such as `scout:dashboard:<store>:today`. */
  readonly key: string;
  /** What it rests on; invalidating one of them makes it worthless. */
  readonly tags: readonly string[];
  readonly ttlMs: number;
  /** Belongs to the key without being part of its name: an entry with another one is not used. */
  readonly stamp?: string;
  /** Whether others may have it: the state of the data it is made from, and what it must look like when it comes from outside. Not shared unless given. */
  readonly shared?: { readonly stamp: () => string; readonly schema: z.ZodType<T> };
};

export type Cached<T> = {
  readonly value: T;
  /** When it was made, ms UTC. */
  readonly madeAt: number;
  readonly from: 'memory' | 'shared' | 'made';
};

/** How the shared level stands: `off` where none is configured. */
export type CacheHealth = { readonly shared: 'off' | 'ok' | 'degraded'; readonly note: string };

/** Answers since the start, by where they came from. */
export type CacheCounts = { readonly memory: number; readonly shared: number; readonly made: number };

/** Keeps results. Values are plain data: what comes out is a copy, never the same object twice. */
export interface Cache {
  /**
   * The entry, or what `make` makes. Failures are passed on and not kept. Whoever asks while it is being made waits for the same result; `make`'s signal
   * aborts when nobody waits any more. A result that became worthless while it was made goes to those who asked before, and is not kept.
   */
  get<T, E>(
    entry: CacheEntry<T>,
    make: (signal: AbortSignal) => Promise<Result<T, E>>,
    signal?: AbortSignal,
  ): Promise<Result<Cached<T>, E>>;
  /** Makes every entry with one of these tags worthless, before it returns; others who share hear of it soon after. */
  invalidate(tags: readonly string[]): void;
  health(): CacheHealth;
  readonly counts: CacheCounts;
  close(): Promise<void>;
}

/** An entry as text, with what it is good for. */
export type Kept = { readonly text: string; readonly stamp: string; readonly madeAt: number };

/** The second level, shared by several processes. None of its calls rejects or takes longer than a moment. */
export interface SharedLevel {
  /** What is kept under the key and has not been made worthless; `versions` name the tags as they are now, null when it cannot be reached. */
  read(key: string, tags: readonly string[]): Promise<{ kept: Kept | null; versions: string | null }>;
  /** Keeps an entry that was made when the tags had these versions. */
  write(key: string, kept: Kept, versions: string, ttlMs: number): Promise<void>;
  invalidate(tags: readonly string[]): void;
  health(): CacheHealth;
  close(): Promise<void>;
}

/** What the shared level tells: tags that somebody else invalidated, or null when messages may have been missed. */
export type OnInvalidated = (tags: readonly string[] | null) => void;
