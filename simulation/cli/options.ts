import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

export type Options = {
  readonly from: number;
  readonly to: number;
  readonly tier: string;
  readonly json: boolean;
  readonly workers: number;
  readonly twice: boolean;
  readonly shrink: boolean;
  readonly firstOnly: boolean;
  /** A file with a shortened story to play again. */
  readonly story: string | null;
};

/** Reads the command line. @throws Error in plain words */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '1..20' },
      tier: { type: 'string', default: 'deterministic' },
      json: { type: 'boolean', default: false },
      workers: { type: 'string', default: String(Math.min(4, availableParallelism())) },
      twice: { type: 'boolean', default: false },
      'no-shrink': { type: 'boolean', default: false },
      'first-only': { type: 'boolean', default: false },
      story: { type: 'string' },
    },
  });
  const seeds = /^(\d+)(?:\.\.(\d+))?$/.exec(values.seeds);
  if (!seeds) throw new Error(`--seeds takes a number or a range like 1..100, not ${values.seeds}`);
  const from = Number(seeds[1]);
  const to = Number(seeds[2] ?? seeds[1]);
  const workers = Number(values.workers);
  if (to < from || !Number.isInteger(workers) || workers < 1) throw new Error('Nothing to run');
  return {
    from,
    to,
    tier: values.tier,
    json: values.json,
    workers,
    twice: values.twice,
    shrink: !values['no-shrink'],
    firstOnly: values['first-only'],
    story: values.story ?? null,
  };
}
