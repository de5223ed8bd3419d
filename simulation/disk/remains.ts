/** What a killed host left on the disk: whether it is whole, and what the host was doing. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadableDb } from '#main/store/types.ts';
import { readFound } from './found.ts';
import type { Ledger } from './ledger.ts';
import { lookAtRemains } from './store-file.ts';
import type { Whose } from './found.ts';

/**
 * What the disk says the host was doing when it died. `migration`: not all migrations are recorded; `start`: all are, and it had not said
 * that it was ready; `bootstrap`: no round had ever ended well; `push` and `pull`: inside a round, with and without batches on their way.
 */
export const phases = ['migration', 'start', 'bootstrap', 'push', 'pull', 'rest'] as const;
export type Phase = (typeof phases)[number];

export type Remains = { readonly phase: Phase; readonly problems: readonly string[] };

export type Death = {
  readonly dataDir: string;
  readonly whose: Whose;
  readonly ledger: Ledger;
  /** Whether the host had said that it was ready. */
  readonly ready: boolean;
  /** Calls to the cloud under way when it was killed. */
  readonly calls: readonly string[];
};

/** The migrations of this program. */
export const localMigrations = join(import.meta.dirname, '../../migrations/local');
export const migrationCount = readdirSync(localMigrations).filter((name) => name.endsWith('.sql')).length;

/** Looks at a copy of the remains. What was open at the kill is settled by what is there. */
export async function examine({ dataDir, whose, ledger, ready, calls }: Death): Promise<Remains> {
  if (!existsSync(join(dataDir, 'store.db'))) return { phase: 'start', problems: [] };
  return lookAtRemains(dataDir, async ({ db, ask, integrity }) => {
    const phase = phaseOf(db, ready, calls);
    const problems = integrity().map((text) => `integrity: ${text}`);
    problems.push(...ledger.problems(await readFound(ask, whose), true));
    return { phase, problems };
  });
}

function phaseOf(db: ReadableDb, ready: boolean, calls: readonly string[]): Phase {
  const count = (sql: string): number => db.get<{ n: number }>(sql)?.n ?? 0;
  if (count('SELECT count(*) AS n FROM _migrations') < migrationCount) return 'migration';
  if (!ready) return 'start';
  if (count(`SELECT count(*) AS n FROM _sync_runs WHERE outcome = 'ok'`) === 0) return 'bootstrap';
  if (count(`SELECT count(*) AS n FROM _sync_runs WHERE outcome = 'running'`) === 0) return 'rest';
  const pushing = calls.some((call) => call.includes('push')) || count('SELECT count(*) AS n FROM _outbox') > 0;
  return pushing ? 'push' : 'pull';
}
