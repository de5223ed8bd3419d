import { join } from 'node:path';
import { Client } from 'pg';
import type { LocalCloud } from '#cloud/local/start.ts';
import { register, tableNames, type TableName } from '#shared/register.ts';
import { readFileSync } from 'node:fs';
import { openDatabase } from '#main/store/open-database.ts';
import { createDb } from '#main/store/sql-db.ts';
import type { ReadableDb } from '#main/store/types.ts';

/** A sale that a PC said was saved, with its number of lines. */
export type AcknowledgedSale = { readonly id: string; readonly lines: number };

export type Totals = {
  pushed: number;
  pulled: number;
  merged: number;
  pushMs: number;
  pushRows: number;
  pullMs: number;
  pullRows: number;
};

/** What the history of a stopped PC says, read from its file. */
export function readTotals(dataDir: string): Totals {
  return withStore(dataDir, (db) => {
    const row = db.get<Totals>(`
      SELECT coalesce(sum(pushed), 0) AS pushed, coalesce(sum(pulled), 0) AS pulled, coalesce(sum(merged), 0) AS merged,
        coalesce(sum(CASE WHEN pushed >= 1000 AND pulled < 100 THEN ms END), 0) AS pushMs,
        coalesce(sum(CASE WHEN pushed >= 1000 AND pulled < 100 THEN pushed END), 0) AS pushRows,
        coalesce(sum(CASE WHEN pulled >= 1000 AND pushed < 100 THEN ms END), 0) AS pullMs,
        coalesce(sum(CASE WHEN pulled >= 1000 AND pushed < 100 THEN pulled END), 0) AS pullRows
      FROM _sync_runs`);
    if (!row) throw new Error('A sum without a row');
    return row;
  });
}

/** How many sales and lines the cloud has, and which acknowledged ones are missing or not whole there. */
export async function auditCloud(
  cloud: LocalCloud,
  acknowledged: readonly AcknowledgedSale[],
): Promise<{ sales: number; lines: number; missing: number }> {
  return withClient(cloud, async (client) => {
    const { rows } = await client.query<{ id: string; lines: number }>(
      'select t.id, count(i.id)::int as lines from transactions t left join transaction_items i on i.transaction_id = t.id group by t.id',
    );
    const found = new Map(rows.map(({ id, lines }) => [id, lines]));
    return {
      sales: rows.length,
      lines: rows.reduce((sum, row) => sum + row.lines, 0),
      missing: acknowledged.filter(({ id, lines }) => found.get(id) !== lines).length,
    };
  });
}

/** Rows of a stopped PC that differ from the cloud's, compared value by value: independent of the checksums that the sync itself uses. */
export async function differingRows(cloud: LocalCloud, dataDir: string): Promise<number> {
  return withClient(cloud, async (client) => {
    let differing = 0;
    for (const table of tableNames) {
      const theirs = await cloudRows(client, table);
      const mine = withStore(dataDir, (db) => db.all<Values & { id: string }>(`SELECT * FROM ${table}`));
      for (const { id, ...values } of mine) {
        if (theirs.get(id) !== canonical(table, values)) differing += 1;
        theirs.delete(id);
      }
      differing += theirs.size;
    }
    return differing;
  });
}

async function cloudRows(client: Client, table: TableName): Promise<Map<string, string>> {
  const columns = Object.entries(register[table].columns).map(([name, { type }]) =>
    type === 'time'
      ? `(extract(epoch from "${name}") * 1000)::bigint as "${name}"`
      : type === 'bool'
        ? `"${name}"::int`
        : `"${name}"`,
  );
  const { rows } = await client.query<Values & { id: string }>(`select id, ${columns.join(', ')} from ${table}`);
  return new Map(rows.map(({ id, ...values }) => [id, canonical(table, values)]));
}

type Values = Record<string, string | number | bigint | boolean | null>;

function canonical(table: TableName, values: Values): string {
  return JSON.stringify(
    Object.keys(register[table].columns).map((name) => (values[name] === null ? null : String(values[name]))),
  );
}

function withStore<T>(dataDir: string, work: (db: ReadableDb) => T): T {
  const key = new Uint8Array(Buffer.from(readFileSync(join(dataDir, 'store.key'), 'utf8').trim(), 'hex'));
  const opened = openDatabase({ file: join(dataDir, 'store.db'), key, readonly: true });
  if (!opened.ok) throw new Error(`${opened.error.message} ${opened.error.detail ?? ''}`);
  try {
    return work(createDb(opened.value));
  } finally {
    opened.value.close();
  }
}

async function withClient<T>(cloud: LocalCloud, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: cloud.databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
