import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { fail, ok, type Result } from '#shared/result.ts';
import { silentLogger } from '#main/telemetry/logger.ts';
import { createCache } from './create-cache.ts';
import { openRedisLevel } from './redis-level.ts';
import { startRedis, type TestRedis } from './testing/redis-server.ts';
import type { Cache, CacheEntry } from './types.ts';

/* One contract for both backends: memory alone, and memory before a real Redis. */
const until = (check: () => unknown) => vi.waitFor(check, { timeout: 20_000, interval: 5 });
let clock = 1_790_000_000_000;
const open: Cache[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((cache) => cache.close()));
});

const number = z.strictObject({ n: z.int() });
const entry = (more: Partial<CacheEntry<{ n: number }>> = {}): CacheEntry<{ n: number }> => ({
  key: 'scout:dashboard:s:today',
  tags: ['sales'],
  ttlMs: 300_000,
  shared: { stamp: () => 'state 1', schema: number },
  ...more,
});
/** Work that counts how often it was done. */
function counter() {
  const work = { times: 0, make: async (): Promise<Result<{ n: number }, string>> => ok({ n: (work.times += 1) }) };
  return work;
}
function gate() {
  let release = (): void => undefined;
  const opened = new Promise<void>((resolve) => (release = resolve));
  return { opened, open: () => release() };
}

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

let lastSelf = 0;
function cacheOn(port: number | null, access: object = {}): Cache {
  const self = `pc ${(lastSelf += 1)}`;
  const cache = createCache({
    now: () => clock,
    memoryBytes: 1_000_000,
    ...(port === null
      ? {}
      : {
          openShared: (onInvalidated) =>
            openRedisLevel({
              access: { host: `127.0.0.1:${port}`, username: null, password: null, tls: false, ca: null, ...access },
              self,
              logger: silentLogger,
              onInvalidated,
              timeoutMs: 2000,
            }),
        }),
  });
  open.push(cache);
  return cache;
}
async function readyCache(port: number | null, access: object = {}): Promise<Cache> {
  const cache = cacheOn(port, access);
  await until(() => expect(cache.health().shared).toBe(port === null ? 'off' : 'ok'));
  return cache;
}

describe.each(['memory', 'redis'])('a cache with %s', (backend) => {
  const port = () => (backend === 'redis' ? redis.port : null);
  let cache: Cache;
  let key = 0;
  let here: CacheEntry<{ n: number }>;
  beforeEach(async () => {
    cache = await readyCache(port());
    key += 1;
    here = entry({ key: `${backend}:${key}`, tags: [`${backend}:sales:${key}`] });
  });

  it('makes once and answers the same afterwards, as a copy', async () => {
    const work = counter();
    const first = await cache.get(here, work.make);
    expect(first).toEqual({ ok: true, value: { value: { n: 1 }, madeAt: clock, from: 'made' } });
    if (first.ok) first.value.value.n = 99;
    expect(await cache.get(here, work.make)).toMatchObject({ value: { value: { n: 1 }, from: 'memory' } });
    expect(cache.counts).toEqual({ memory: 1, shared: 0, made: 1 });
  });

  it('makes again after what it rests on changed, and only then', async () => {
    const work = counter();
    await cache.get(here, work.make);
    cache.invalidate(['something else']);
    expect(await cache.get(here, work.make)).toMatchObject({ value: { value: { n: 1 } } });
    cache.invalidate(here.tags);
    expect(await cache.get(here, work.make)).toMatchObject({ value: { value: { n: 2 }, from: 'made' } });
  });

  it('makes again when its time is over, when its stamp is another one, and when the clock was set back', async () => {
    const work = counter();
    const made = async (one = here) => {
      const answer = await cache.get(one, work.make);
      return answer.ok ? answer.value.value.n : null;
    };
    expect(await made()).toBe(1);
    clock += 299_999;
    expect(await made()).toBe(1);
    clock += 1;
    expect(await made()).toBe(2);
    expect(await made({ ...here, stamp: 'tomorrow' })).toBe(3);
    expect(await made({ ...here, stamp: 'tomorrow' })).toBe(3);
    clock -= 3_600_000;
    expect(await made({ ...here, stamp: 'tomorrow' })).toBe(4);
  });

  it('does the work once for all who ask meanwhile', async () => {
    const work = counter();
    const shut = gate();
    const slow = () => shut.opened.then(work.make);
    const answers = Promise.all(Array.from({ length: 50 }, () => cache.get(here, slow)));
    shut.open();
    expect(new Set((await answers).map((answer) => answer.ok && answer.value.value.n))).toEqual(new Set([1]));
    expect(work.times).toBe(1);
  });

  it('keeps nothing that became worthless while it was made, and gives it to nobody who asked later', async () => {
    const work = counter();
    const shut = gate();
    const begun = gate();
    const old = cache.get(here, () => {
      begun.open();
      return shut.opened.then(work.make);
    });
    await begun.opened;
    cache.invalidate(here.tags);
    const fresh = await cache.get(here, work.make);
    shut.open();
    expect([fresh, await old]).toMatchObject([{ value: { value: { n: 1 } } }, { value: { value: { n: 2 } } }]);
    expect(await cache.get(here, work.make)).toMatchObject({ value: { value: { n: 1 } } });
  });

  it('passes failures on and keeps none', async () => {
    expect(await cache.get(here, async () => fail('away'))).toEqual({ ok: false, error: 'away' });
    await expect(cache.get(here, () => Promise.reject(new Error('bug')))).rejects.toThrow('bug');
    expect(await cache.get(here, counter().make)).toMatchObject({ ok: true });
  });

  it('stops the work when nobody waits any more, and not before', async () => {
    const stopped: string[] = [];
    const shut = gate();
    const begun = gate();
    const slow = async (signal: AbortSignal): Promise<Result<{ n: number }, string>> => {
      signal.addEventListener('abort', () => stopped.push('stopped'));
      begun.open();
      await shut.opened;
      return ok({ n: 1 });
    };
    const [first, second] = [new AbortController(), new AbortController()];
    const answers = [cache.get(here, slow, first.signal), cache.get(here, slow, second.signal)];
    await begun.opened;
    first.abort();
    await expect(answers[0]).rejects.toThrow();
    expect(stopped).toEqual([]);
    second.abort();
    await expect(answers[1]).rejects.toThrow();
    expect(stopped).toEqual(['stopped']);
    shut.open();
  });
});

describe('several processes with one Redis', () => {
  let nth = 0;
  let here: CacheEntry<{ n: number }>;
  beforeEach(() => {
    nth += 1;
    here = entry({ key: `two:${nth}`, tags: [`two:sales:${nth}`] });
  });

  async function sharedAfter(maker: Cache, asker: Cache, one = here) {
    const work = counter();
    await maker.get(one, work.make);
    let last: Awaited<ReturnType<typeof asker.get>> | undefined;
    await until(async () => {
      last = await asker.get(one, work.make);
      expect(last).toMatchObject({ value: { from: expect.stringMatching(/shared|memory/) as string } });
    });
    return work.times;
  }

  it('take over what another one made of the same state', async () => {
    const [a, b] = [await readyCache(redis.port), await readyCache(redis.port)];
    const work = counter();
    await a.get(here, work.make);
    await vi.waitFor(async () => {
      const c = await readyCache(redis.port);
      expect(await c.get(here, counter().make)).toMatchObject({ value: { from: 'shared', value: { n: 1 } } });
    });
    expect(await b.get(here, counter().make)).toMatchObject({ value: { from: 'shared', value: { n: 1 } } });
  });

  it('never take over what was made of another state, or what does not look as it must', async () => {
    const [a, b] = [await readyCache(redis.port), await readyCache(redis.port)];
    await a.get(here, counter().make);
    const others = { ...here, shared: { stamp: () => 'state 2', schema: number } };
    expect(await b.get(others, counter().make)).toMatchObject({ value: { from: 'made' } });
    const strict = {
      ...here,
      key: `${here.key}:x`,
      shared: { stamp: () => 's', schema: z.strictObject({ n: z.int().max(0) }) },
    };
    await a.get(strict, counter().make);
    expect(await b.get(strict, counter().make)).toMatchObject({ value: { from: 'made' } });
  });

  it('hear what another one invalidated', async () => {
    const [a, b] = [await readyCache(redis.port), await readyCache(redis.port)];
    const work = counter();
    await b.get(here, work.make);
    a.invalidate(here.tags);
    await until(async () => {
      await b.get(here, work.make);
      expect(work.times).toBeGreaterThan(1);
    });
  });

  it('do not keep to themselves what is not to be shared', async () => {
    const [a, b] = [await readyCache(redis.port), await readyCache(redis.port)];
    const { shared: _none, ...own } = here;
    await a.get(own, counter().make);
    expect(await b.get(own, counter().make)).toMatchObject({ value: { from: 'made' } });
    expect(await sharedAfter(a, b, { ...here, key: `${here.key}:s` })).toBeLessThan(3);
  });
});

describe('a Redis that asks who is there', () => {
  it('is used with the user and password of an access list', async () => {
    const rules = ['--user', 'default', 'off', '--user', 'shop', 'on', '>geheim', '~pulser:*', '&pulser:*', '+@all'];
    const own = await startRedis(() => rules);
    try {
      const right = { username: 'shop', password: 'geheim' };
      const cache = await readyCache(own.port, right);
      await cache.get(entry(), counter().make);
      await until(async () => {
        const other = await readyCache(own.port, right);
        expect(await other.get(entry(), counter().make)).toMatchObject({ value: { from: 'shared' } });
      });
      const wrong = cacheOn(own.port, { username: 'shop', password: 'wrong' });
      await until(() => expect(wrong.health().note).toContain('WRONGPASS'));
      expect(await wrong.get(entry(), counter().make)).toMatchObject({ value: { from: 'made' } });
    } finally {
      await own.stop();
    }
  });

  it('is spoken to over TLS, and believed only with the right certificate', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pulser-cert-'));
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    execFileSync('openssl', [...made, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' });
    const tls = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-auth-clients', 'no'];
    const own = await startRedis((port) => ['--port', '0', '--tls-port', String(port), ...tls]);
    try {
      const cache = await readyCache(own.port, { host: `localhost:${own.port}`, tls: true, ca: cert });
      expect(await cache.get(entry(), counter().make)).toMatchObject({ value: { from: 'made' } });
      const unsure = cacheOn(own.port, { host: `localhost:${own.port}`, tls: true });
      await until(() => expect(unsure.health().note).toMatch(/self.signed/i));
      const plain = cacheOn(own.port, { host: `localhost:${own.port}` });
      expect(await plain.get(entry(), counter().make)).toMatchObject({ value: { from: 'made' } });
      expect(plain.health().shared).toBe('degraded');
    } finally {
      await own.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

it('a certificate that cannot be read leaves the cache in memory', async () => {
  const cache = cacheOn(redis.port, { tls: true, ca: '/nowhere/ca.pem' });
  expect(cache.health()).toMatchObject({
    shared: 'degraded',
    note: expect.stringContaining('/nowhere/ca.pem') as string,
  });
  expect(await cache.get(entry(), counter().make)).toMatchObject({ value: { from: 'made' } });
  cache.invalidate(['sales']);
});

describe('a Redis that is gone', () => {
  it('changes nothing but speed, also when it comes back, and forgets what was invalidated meanwhile', async () => {
    const own = await startRedis();
    try {
      const [a, b] = [await readyCache(own.port), await readyCache(own.port)];
      const work = counter();
      await a.get(entry(), work.make);
      await own.kill();
      await until(() => expect(a.health().shared).toBe('degraded'));
      expect(a.health().note).toContain('Everything works');
      expect(await a.get(entry(), work.make)).toMatchObject({ value: { value: { n: 1 } } });
      a.invalidate(['sales']);
      expect(await a.get(entry(), work.make)).toMatchObject({ value: { value: { n: 2 }, from: 'made' } });
      await own.start();
      await until(() => expect([a.health().shared, b.health().shared]).toEqual(['ok', 'ok']));
      await until(async () => {
        expect(await b.get(entry(), work.make)).toMatchObject({ ok: true });
        expect(work.times).toBeGreaterThan(2);
      });
    } finally {
      await own.stop();
    }
  });

  it('is not waited for when it hangs', async () => {
    const own = await startRedis();
    try {
      const cache = createCache({
        now: () => clock,
        memoryBytes: 1000,
        openShared: (onInvalidated) =>
          openRedisLevel({
            access: { host: `127.0.0.1:${own.port}`, username: null, password: null, tls: false, ca: null },
            self: 'slow',
            logger: silentLogger,
            onInvalidated,
            timeoutMs: 50,
          }),
      });
      open.push(cache);
      await until(() => expect(cache.health().shared).toBe('ok'));
      own.freeze();
      expect(await cache.get(entry(), counter().make)).toMatchObject({ value: { from: 'made' } });
      expect(cache.health().shared).toBe('degraded');
      own.thaw();
      await until(async () => {
        await cache.get(entry({ key: 'other', ttlMs: 1 }), counter().make);
        clock += 1;
        expect(cache.health().shared).toBe('ok');
      });
    } finally {
      own.thaw();
      await own.stop();
    }
  });

  it('and was never there', async () => {
    const cache = cacheOn(1);
    expect(await cache.get(entry(), counter().make)).toMatchObject({ value: { from: 'made' } });
    expect(cache.health().shared).toBe('degraded');
  });
});
