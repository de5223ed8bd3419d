import { createHistogram } from 'node:perf_hooks';
import type { CallNumbers } from '#shared/contract/services.ts';
import type { Ended } from './serving.ts';

/** How calls went since the start of the app, by service and by tool. In memory: the record of calls is the audit. */
export type CallCounts = {
  record(call: Pick<Ended, 'service' | 'kind' | 'name' | 'outcome' | 'ms'>): void;
  /** Tools, resources and prompts of a service together. */
  ofService(service: string): CallNumbers;
  ofTool(service: string, tool: string): CallNumbers;
};

/** Microseconds, to two digits, up to an hour: a few kilobytes for each tool that was ever called. */
const scale = { lowest: 1, highest: 3_600_000_000, figures: 2 };
const nothing: CallNumbers = { count: 0, errors: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0, maxMs: 0 };

export function createCallCounts(): CallCounts {
  const kept = new Map<string, { readonly times: ReturnType<typeof createHistogram>; errors: number }>();
  const note = (key: string, ms: number, failed: boolean): void => {
    const own = kept.get(key) ?? { times: createHistogram(scale), errors: 0 };
    kept.set(key, own);
    own.times.record(Math.min(scale.highest, Math.max(scale.lowest, Math.round(ms * 1000))));
    if (failed) own.errors += 1;
  };
  const read = (key: string): CallNumbers => {
    const own = kept.get(key);
    if (own === undefined) return nothing;
    const { times, errors } = own;
    const at = (share: number): number => times.percentile(share) / 1000;
    return { count: times.count, errors, p50Ms: at(50), p95Ms: at(95), p99Ms: at(99), maxMs: times.max / 1000 };
  };

  return {
    record({ service, kind, name, outcome, ms }) {
      // a question to a person is no failure
      const failed = outcome !== 'ok' && outcome !== 'asked';
      note(service, ms, failed);
      if (kind === 'tool') note(`${service}/${name}`, ms, failed);
    },
    ofService: (service) => read(service),
    ofTool: (service, tool) => read(`${service}/${tool}`),
  };
}
