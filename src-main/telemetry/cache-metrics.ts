import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/** What is asked of the cache at every scrape. */
export type CacheNumbers = {
  health(): { readonly shared: 'off' | 'ok' | 'degraded' };
  readonly counts: Readonly<Record<'memory' | 'shared' | 'made', number>>;
};

/** Adds what the cache counts, and how its shared level stands: 1 usable, 0 not; absent where none is configured. */
export function registerCacheMetrics(registry: Registry, cache: CacheNumbers): void {
  const requests = new Counter({
    name: 'cache_requests_total',
    help: 'Answers of the cache, by where they came from.',
    labelNames: ['from'],
    registers: [registry],
    collect() {
      requests.reset();
      for (const [from, count] of Object.entries(cache.counts)) requests.inc({ from }, count);
    },
  });
  const up: Gauge = new Gauge({
    name: 'cache_shared_up',
    help: 'Whether the shared level of the cache (Redis) can be used.',
    registers: [registry],
    collect() {
      const { shared } = cache.health();
      if (shared === 'off') up.remove();
      else up.set(shared === 'ok' ? 1 : 0);
    },
  });
}
