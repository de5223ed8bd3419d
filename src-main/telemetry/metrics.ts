import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';

/** What the store says of itself at the moment of a scrape. */
export type StoreNumbers = {
  /** Captured changes that the cloud has not confirmed. */
  readonly pendingChanges: number;
  /** End of the last successful cycle, ms UTC; null before the first. */
  readonly lastSuccessAt: number | null;
  /** When this PC was enrolled or its store made, ms UTC: where the age counts from before the first cycle. */
  readonly since: number;
  /** Cycles that failed, counted in the store. */
  readonly syncErrors: number;
  /** Bytes sent divided by the bytes before compression; null while nothing was sent. */
  readonly compressionRatio: number | null;
  readonly dbBytes: number;
};

export type Metrics = { readonly contentType: string; render(): Promise<string>; close(): void };

export type MetricsDeps = {
  /** Reads the numbers now. A few indexed queries: it runs at every scrape. */
  readonly readNumbers: () => StoreNumbers;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Adds what other parts count. */
  readonly also?: (registry: Registry) => void;
};

/** The metrics with their fixed names. Nothing is counted up in memory: after a crash they are as true as before it. */
export function createMetrics(deps: MetricsDeps): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers: [registry] });
  const pending = gauge('sqlite_pending_changes', 'Captured changes that the cloud has not confirmed yet.');
  const age = gauge(
    'sqlite_last_sync_age',
    'Seconds since the last successful sync cycle; before the first one, since this PC was set up.',
  );
  const failed = gauge('sqlite_sync_errors', 'Sync cycles that failed, counted in the store.');
  const ratio = gauge('sqlite_compression_ratio', 'Bytes sent divided by the bytes before compression.');
  const size = gauge('sqlite_db_size', 'Bytes of the store file with its write-ahead log.');

  deps.also?.(registry);
  return {
    contentType: registry.contentType,
    async render() {
      const numbers = deps.readNumbers();
      pending.set(numbers.pendingChanges);
      age.set(Math.max(0, (deps.now() - (numbers.lastSuccessAt ?? numbers.since)) / 1000));
      failed.set(numbers.syncErrors);
      ratio.set(numbers.compressionRatio ?? 1);
      size.set(numbers.dbBytes);
      return registry.metrics();
    },
    close: () => registry.clear(),
  };
}
