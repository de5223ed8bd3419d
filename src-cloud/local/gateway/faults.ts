import { z } from 'zod';

/** What happens to a request that a rule matches. */
export type FaultAction =
  /** Waits, then goes on as usual (or with the next matching rule). */
  | { readonly do: 'delay'; readonly ms: number }
  /** Answers with this status instead of asking the service. */
  | { readonly do: 'status'; readonly status: number; readonly body?: unknown; readonly retryAfterSeconds?: number }
  /** Cuts the connection; the service never sees the request. */
  | { readonly do: 'drop-before' }
  /** The service does the work and commits; its answer is thrown away and the connection cut. */
  | { readonly do: 'drop-after' }
  /** Answers 200 with a web page, as a captive portal does. */
  | { readonly do: 'html'; readonly body?: string }
  /** Sends the service's answer in pieces of `bytes`, one every `everyMs`. */
  | { readonly do: 'drip'; readonly bytes: number; readonly everyMs: number }
  /** Sends the first `bytes` of the service's answer, then cuts the connection. */
  | { readonly do: 'truncate'; readonly bytes: number };

/** One fault switch. A string `path` matches anywhere in the request's path. */
export type FaultRule = FaultAction & {
  readonly match: { readonly path: RegExp | string; readonly method?: string };
  /** How many matching requests pass unharmed first (default 0). */
  readonly skip?: number;
  /** How many requests it then hits (default: all). */
  readonly times?: number;
};

/** The faults that apply to one request: waiting first, then at most one other action. */
export type Fault = { readonly delayMs: number; readonly action: Exclude<FaultAction, { do: 'delay' }> | undefined };

export type Faults = {
  /** Replaces all rules. */
  readonly set: (rules: readonly FaultRule[]) => void;
  /** Adds a rule; answers how often it has hit so far, and how to take it away. */
  readonly add: (rule: FaultRule) => { readonly hits: () => number; readonly remove: () => void };
  readonly clear: () => void;
  /** Counts a request against the rules and answers what is to happen to it. */
  readonly take: (method: string, path: string) => Fault;
};

type Entry = { readonly rule: FaultRule; seen: number; hits: number };

/** Creates a set of fault switches, all off. */
export function createFaults(): Faults {
  let entries: Entry[] = [];
  return {
    set(rules) {
      entries = rules.map((rule) => ({ rule, seen: 0, hits: 0 }));
    },
    add(rule) {
      const entry: Entry = { rule, seen: 0, hits: 0 };
      entries.push(entry);
      return { hits: () => entry.hits, remove: () => void (entries = entries.filter((other) => other !== entry)) };
    },
    clear() {
      entries = [];
    },
    take(method, path) {
      let delayMs = 0;
      for (const entry of entries) {
        if (!hits(entry, method, path)) continue;
        if (entry.rule.do !== 'delay') return { delayMs, action: entry.rule };
        delayMs += entry.rule.ms;
      }
      return { delayMs, action: undefined };
    },
  };
}

function hits(entry: Entry, method: string, path: string): boolean {
  const { match, skip = 0, times = Number.POSITIVE_INFINITY } = entry.rule;
  if (match.method !== undefined && match.method.toUpperCase() !== method) return false;
  if (typeof match.path === 'string' ? !path.includes(match.path) : !match.path.test(path)) return false;
  entry.seen += 1;
  if (entry.seen <= skip || entry.hits >= times) return false;
  entry.hits += 1;
  return true;
}

const matchSchema = z.strictObject({
  /** Plain text, or `/…/` for a regular expression. */
  path: z.string().transform((path) => (/^\/.*\/$/.test(path) ? new RegExp(path.slice(1, -1)) : path)),
  method: z.string().optional(),
});
const common = { match: matchSchema, skip: z.int().min(0).optional(), times: z.int().min(1).optional() };
const ruleSchema = z.discriminatedUnion('do', [
  z.strictObject({ ...common, do: z.literal('delay'), ms: z.number().min(0) }),
  z.strictObject({
    ...common,
    do: z.literal('status'),
    status: z.int().min(200).max(599),
    body: z.unknown().optional(),
    retryAfterSeconds: z.number().min(0).optional(),
  }),
  z.strictObject({ ...common, do: z.literal('drop-before') }),
  z.strictObject({ ...common, do: z.literal('drop-after') }),
  z.strictObject({ ...common, do: z.literal('html'), body: z.string().optional() }),
  z.strictObject({ ...common, do: z.literal('drip'), bytes: z.int().min(1), everyMs: z.number().min(0) }),
  z.strictObject({ ...common, do: z.literal('truncate'), bytes: z.int().min(0) }),
]);

/** What `POST /_faults` takes: all rules anew, and optionally a time during which every connection is refused. */
export const faultsRequestSchema = z.strictObject({
  rules: z.array(ruleSchema).default([]),
  offlineForMs: z.number().min(1).max(3_600_000).optional(),
});
