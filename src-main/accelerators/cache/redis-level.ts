import { readFileSync } from 'node:fs';
import { Redis, type RedisOptions } from 'ioredis';
import { z } from 'zod';
import { fail, ok, type Result } from '#shared/result.ts';
import type { Logger } from '#main/telemetry/logger.ts';
import type { CacheHealth, Kept, OnInvalidated, SharedLevel } from './types.ts';

export type RedisAccess = {
  /** `host` or `host:port`. */
  readonly host: string;
  readonly username: string | null;
  readonly password: string | null;
  /** Encrypted, and the server's certificate is checked; `ca` is a file with the authority that signed it, null for the system's own. */
  readonly tls: boolean;
  readonly ca: string | null;
};

export type RedisLevelDeps = {
  readonly access: RedisAccess;
  /** Names this process among those who share. */
  readonly self: string;
  readonly logger: Logger;
  readonly onInvalidated: OnInvalidated;
  /** A command that takes longer is given up, in milliseconds. */
  readonly timeoutMs?: number;
};

const prefix = 'pulser:';
const channel = `${prefix}invalidated`;
const tagKey = (tag: string): string => `${prefix}tag:${tag}`;
const keptSchema = z.strictObject({ text: z.string(), stamp: z.string(), madeAt: z.int(), versions: z.string() });
const newsSchema = z.strictObject({ from: z.string(), tags: z.array(z.string()) });

/** Redis as the level that several processes share. It connects by itself, again and again; until then nothing is found in it. */
export function openRedisLevel(deps: RedisLevelDeps): SharedLevel {
  const ca = readCertificate(deps.access.ca);
  if (!ca.ok) {
    deps.logger.warn('cache.redis-away', { error: ca.error });
    return absentLevel(healthOf(ca.error, false, deps.access.host));
  }
  const options = optionsOf(deps, ca.value);
  const client = new Redis(options);
  const listener = new Redis(options);
  /** Invalidated while it could not be told; told before anything is read again. */
  const owed = new Set<string>();
  let settled: Promise<boolean> | null = null;
  let trouble: string | null = 'not connected yet';
  let listening = false;
  let closing = false;

  const troubled = (error: unknown): void => {
    const words = error instanceof Error ? error.message : String(error);
    if (trouble === null && !closing) deps.logger.warn('cache.redis-away', { error: words });
    trouble = words;
  };
  const whole = (): void => {
    if (trouble !== null && !closing) deps.logger.info('cache.redis-there');
    trouble = null;
  };
  const publish = async (tags: readonly string[]): Promise<void> => {
    const work = client.multi();
    for (const tag of tags) work.incr(tagKey(tag));
    work.publish(channel, JSON.stringify({ from: deps.self, tags }));
    for (const [error] of (await work.exec()) ?? []) if (error) throw error;
  };
  /** Tells what is owed; answers whether everything is told, so that what is read now can be believed. */
  const settle = (): Promise<boolean> => {
    if (client.status !== 'ready') return Promise.resolve(false);
    if (settled) return settled;
    if (owed.size === 0) return Promise.resolve(true);
    const tags = [...owed];
    settled = publish(tags)
      .then(() => {
        for (const tag of tags) owed.delete(tag);
        whole();
        return true;
      })
      .catch((error: unknown) => {
        troubled(error);
        return false;
      })
      .finally(() => (settled = null));
    return settled;
  };

  client.on('error', troubled);
  // what came before it says more
  client.on('close', () => trouble === null && troubled(new Error('the connection was closed')));
  client.on('ready', () => {
    whole();
    void settle();
  });
  listener.on('error', () => undefined);
  listener.on('close', () => (listening = false));
  listener.on('ready', () => {
    listener.subscribe(channel).then(
      () => {
        listening = true;
        deps.onInvalidated(null);
      },
      (error: unknown) => troubled(error),
    );
  });
  listener.on('message', (_channel, text) => {
    const news = newsSchema.safeParse(parseJson(text));
    if (!news.success) return deps.onInvalidated(null);
    if (news.data.from !== deps.self) deps.onInvalidated(news.data.tags);
  });

  return {
    async read(key, tags) {
      const nothing = { kept: null, versions: null };
      if (client.status !== 'ready' || !(await settle())) return nothing;
      try {
        const [text, ...versions] = await client.mget(`${prefix}${key}`, ...tags.map(tagKey));
        whole();
        const now = versions.map((version) => version ?? '0').join(' ');
        // something was invalidated here meanwhile
        if (owed.size > 0) return nothing;
        return { kept: keptOf(text ?? null, now), versions: now };
      } catch (error) {
        troubled(error);
        return nothing;
      }
    },
    async write(key, kept, versions, ttlMs) {
      if (client.status !== 'ready') return;
      try {
        await client.set(
          `${prefix}${key}`,
          JSON.stringify({ ...kept, versions }),
          'PX',
          Math.max(1, Math.round(ttlMs)),
        );
      } catch (error) {
        troubled(error);
      }
    },
    invalidate(tags) {
      for (const tag of tags) owed.add(tag);
      void settle();
    },
    health: () => healthOf(trouble, listening, deps.access.host),
    async close() {
      closing = true;
      await settle();
      listener.disconnect();
      client.disconnect();
    },
  };
}

/** A level in which nothing is ever found. */
function absentLevel(health: CacheHealth): SharedLevel {
  return {
    read: async () => ({ kept: null, versions: null }),
    write: async () => undefined,
    invalidate: () => undefined,
    health: () => health,
    close: async () => undefined,
  };
}

function readCertificate(file: string | null): Result<string | null, string> {
  try {
    return ok(file === null ? null : readFileSync(file, 'utf8'));
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function optionsOf({ access, timeoutMs = 250 }: RedisLevelDeps, ca: string | null): Omit<RedisOptions, 'replyMapping'> {
  const [host = 'localhost', port = '6379'] = access.host.split(':');
  return {
    host,
    port: Number(port),
    ...(access.username === null ? {} : { username: access.username }),
    ...(access.password === null ? {} : { password: access.password }),
    ...(access.tls ? { tls: { servername: host, ...(ca === null ? {} : { ca }) } } : {}),
    // nobody waits for a cache: what cannot be asked at once is not asked
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: timeoutMs,
    connectTimeout: 2000,
    retryStrategy: (times) => Math.min(10_000, 100 * 2 ** Math.min(times, 7)),
    connectionName: 'pulser-field',
  };
}

function keptOf(text: string | null, versions: string): Kept | null {
  if (text === null) return null;
  const kept = keptSchema.safeParse(parseJson(text));
  if (!kept.success || kept.data.versions !== versions) return null;
  const { text: value, stamp, madeAt } = kept.data;
  return { text: value, stamp, madeAt };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No schema takes `undefined`.
    return undefined;
  }
}

function healthOf(trouble: string | null, listening: boolean, host: string): CacheHealth {
  if (trouble === null && listening) return { shared: 'ok', note: '' };
  const why = trouble ?? 'news of other PCs cannot be heard';
  return {
    shared: 'degraded',
    note: `The shared cache at ${host} cannot be used (${why}). Everything works; some answers take a little longer.`,
  };
}
