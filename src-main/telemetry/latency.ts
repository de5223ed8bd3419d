import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

export type Latency = { count: number; p50Ms: number; p99Ms: number; maxMs: number };

/** Durations since the start, in memory: a picture of this run for the diagnostics, not a record. */
export function createLatency(): { record(ms: number): void; read(): Latency } {
  const histogram = createHistogram();
  return {
    record: (ms) => histogram.record(Math.max(1, Math.round(ms * 1e6))),
    read: () => ({
      count: histogram.count,
      p50Ms: histogram.count === 0 ? 0 : histogram.percentile(50) / 1e6,
      p99Ms: histogram.count === 0 ? 0 : histogram.percentile(99) / 1e6,
      maxMs: histogram.count === 0 ? 0 : histogram.max / 1e6,
    }),
  };
}

const resolutionMs = 10;

/** How late this thread's event loop runs, beyond the sampling interval. */
export function watchLoopDelay(): { read(): Latency; stop(): void } {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  const beyond = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolutionMs);
  return {
    read: () => ({
      count: histogram.count,
      p50Ms: histogram.count === 0 ? 0 : beyond(histogram.percentile(50)),
      p99Ms: histogram.count === 0 ? 0 : beyond(histogram.percentile(99)),
      maxMs: histogram.count === 0 ? 0 : beyond(histogram.max),
    }),
    stop: () => void histogram.disable(),
  };
}
