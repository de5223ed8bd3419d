import { Client } from 'pg';
import type { CloudAccess } from './bench-cloud.ts';
import { round } from './measure.ts';
import { openFleet } from './wire/fleet.ts';

export type IdleReport = {
  /** The question whether anything is new, when nothing is: in PostgreSQL alone, and through gateway and PostgREST, one after the other. */
  sqlMs: number;
  httpMs: number;
  httpPerSecond: number;
  /** Processor time of PostgreSQL that 10,000 PCs need for it: polling every 15 s (no Realtime) and every 60 s (connected). */
  coresPer10000At15s: number;
  coresPer10000At60s: number;
};

const rounds = 2000;
const parallel = 8;

export async function measureIdle(cloud: CloudAccess): Promise<IdleReport> {
  const fleet = await openFleet(cloud, { pcs: parallel, perStore: 1, products: 10 });
  const [first] = fleet;
  if (!first) throw new Error('No PC');
  try {
    for (const { pc } of fleet) await pc.pull();
    const sqlMs = await inSql(cloud, first.pc.deviceId, first.pc.storeId);
    const one = performance.now();
    for (let i = 0; i < 300; i += 1) await first.pc.pull();
    const httpMs = (performance.now() - one) / 300;
    const many = performance.now();
    await Promise.all(
      fleet.map(async ({ pc }) => {
        for (let i = 0; i < rounds / parallel; i += 1) await pc.pull();
      }),
    );
    const httpPerSecond = Math.round((rounds / (performance.now() - many)) * 1000);
    const cores = (everySeconds: number): number => round(((10_000 / everySeconds) * sqlMs) / 1000);
    const each = { coresPer10000At15s: cores(15), coresPer10000At60s: cores(60) };
    return { sqlMs: round(sqlMs), httpMs: round(httpMs), httpPerSecond, ...each };
  } finally {
    await Promise.all(fleet.map(({ pc }) => pc.close()));
  }
}

async function inSql(cloud: CloudAccess, deviceId: string, storeId: string): Promise<number> {
  const client = new Client({ connectionString: cloud.databaseUrl });
  await client.connect();
  try {
    await client.query(`select set_config('request.jwt.claims', $1, false)`, [
      JSON.stringify({ sub: deviceId, app_metadata: { device_id: deviceId } }),
    ]);
    const { rows } = await client.query<{ cursors: string; epoch: string; mark: string }>(
      `select (select jsonb_object_agg(key, jsonb_build_array(head, head_stamp)) from sync.scopes where key in ('chain', $1))::text cursors,
         (select epoch from sync.cloud) epoch, sync.held_scopes($2) ->> 'mark' mark`,
      [`store:${storeId}`, deviceId],
    );
    const { cursors, epoch, mark } = rows[0] ?? { cursors: '{}', epoch: '0', mark: '' };
    const ask = (): Promise<unknown> =>
      client.query({
        name: 'idle',
        text: 'select public.sync_pull($1, 5000, 100, $2, $3)',
        values: [cursors, epoch, mark],
      });
    for (let i = 0; i < 100; i += 1) await ask();
    // in one call, so that the way to the database is not part of it
    const started = performance.now();
    await client.query(
      `do $do$ declare x json; begin for i in 1..${rounds} loop x := public.sync_pull('${cursors}', 5000, 100, ${epoch}, '${mark}'); end loop; end $do$`,
    );
    return (performance.now() - started) / rounds;
  } finally {
    await client.end();
  }
}
