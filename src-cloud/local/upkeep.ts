import type { Pool } from 'pg';

export type UpkeepDeps = {
  /** As the owner of the migrations. */
  readonly pool: Pool;
  readonly onError: (error: unknown) => void;
};

/** Soon after the start, for a cloud that runs for a few hours a day. */
const firstMs = 60_000;
const everyMs = 3_600_000;

/**
 * Does what pg_cron does in a hosted project: the guard every hour, retention once a day. Whether a day has passed is read from the
 * database, so that restarts change nothing. Answers the function that ends it, after the work at hand.
 */
export function startUpkeep({ pool, onError }: UpkeepDeps): () => Promise<void> {
  let working: Promise<void> = Promise.resolve();
  let timer = setTimeout(tick, firstMs).unref();

  function tick(): void {
    working = work(pool).catch(onError);
    timer = setTimeout(tick, everyMs).unref();
  }

  return async () => {
    clearTimeout(timer);
    await working;
  };
}

async function work(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ there: boolean }>(`select to_regclass('sync.health') is not null as there`);
  if (!rows[0]?.there) return;
  await pool.query('select sync.guard()');
  const { rowCount } = await pool.query(
    `select 1 from sync.health where what = 'prune' and at > now() - interval '23 hours' limit 1`,
  );
  if (rowCount === 0) await pool.query('call sync.prune()');
}
