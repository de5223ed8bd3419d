import { Client } from 'pg';
import { testPc, type TestPc } from '#main/sync/testing/pc.ts';
import type { CloudAccess } from './bench-cloud.ts';
import { round } from './measure.ts';
import { itemColumns, saleColumns, saleRows, writeProducts, writeSale } from './sales.ts';

export type ThroughputReport = {
  rows: number;
  pushRowsPerSecond: number;
  /** A PC that was away and reads the feed from where it was. */
  pullRowsPerSecond: number;
  /** A new PC that is filled from nothing. */
  bootstrapRowsPerSecond: number;
  /** The same rows, 500 a statement, into bare tables of the same columns, without feed, versions, receipts or conflict detection. */
  plainPostgresRowsPerSecond: number;
  pushToPlainRatio: number;
  bytesUpPerRow: number;
  bytesDownPerRow: number;
};

const sales = 10_000;

/** Measures one PC sending 10,000 sales with their lines, one that was away and one that is new receiving them, over HTTP through the gateway and PostgREST. */
export async function measureThroughput(
  cloud: CloudAccess,
  enrolmentCode: () => Promise<string>,
): Promise<ThroughputReport> {
  const sender = await testPc(cloud, await enrolmentCode(), { name: 'Sender' });
  const receiver = await testPc(cloud, await enrolmentCode(), { name: 'Receiver' });
  await receiver.settle();
  receiver.daemon.pause(null, 'bench: is away');
  await sender.settle();
  sender.daemon.pause(null, 'bench: fills first');
  const products = writeProducts(sender.store, 200);
  for (let i = 0; i < sales; i += 200) {
    const rows = Array.from({ length: 200 }, (_, k) => saleRows(sender.store, products, i + k));
    sender.store.transactions(
      'bench',
      rows.map((row) => (db) => writeSale(db, row)),
    );
  }
  sender.daemon.resume();
  await sender.settle(120);
  const sent = total(sender, 'pushed');
  receiver.daemon.resume();
  await receiver.settle(120);
  const received = total(receiver, 'pulled');
  const newcomer = await testPc(cloud, await enrolmentCode(), { name: 'Newcomer' });
  await newcomer.settle(120);
  const filled = total(newcomer, 'pulled');
  const plain = await plainPostgres(cloud, sender);
  await sender.stop();
  await receiver.stop();
  await newcomer.stop();
  return {
    rows: sent.rows,
    pushRowsPerSecond: sent.perSecond,
    pullRowsPerSecond: received.perSecond,
    bootstrapRowsPerSecond: filled.perSecond,
    plainPostgresRowsPerSecond: plain,
    pushToPlainRatio: round(sent.perSecond / plain),
    bytesUpPerRow: Math.round(sent.bytes / sent.rows),
    bytesDownPerRow: Math.round(received.bytes / received.rows),
  };
}

function total({ store }: TestPc, column: 'pushed' | 'pulled'): { rows: number; perSecond: number; bytes: number } {
  const run = store.read.get<{ rows: number; ms: number; bytes: number }>(
    `SELECT ${column} AS rows, ms, ${column === 'pushed' ? 'bytes_up' : 'bytes_down'} AS bytes FROM _sync_runs ORDER BY ${column} DESC LIMIT 1`,
  );
  if (!run) throw new Error('No run was recorded');
  return { rows: run.rows, perSecond: Math.round((run.rows / run.ms) * 1000), bytes: run.bytes };
}

async function plainPostgres(cloud: CloudAccess, { store }: TestPc): Promise<number> {
  const client = new Client({ connectionString: cloud.databaseUrl });
  await client.connect();
  try {
    await client.query('create schema plain');
    let rows = 0;
    let ms = 0;
    for (const [table, columns] of [
      ['transactions', saleColumns],
      ['transaction_items', itemColumns],
    ] as const) {
      await client.query(`create table plain.${table} (like public.${table} including defaults)`);
      await client.query(`alter table plain.${table} add primary key (id)`);
      const names = columns.split(', ');
      const values = store.read.all<Record<string, unknown>>(`SELECT ${columns} FROM ${table}`);
      const started = performance.now();
      for (let i = 0; i < values.length; i += 500) {
        const batch = values.slice(i, i + 500).map((row) => ({ ...row, ...times(row) }));
        await client.query(
          `insert into plain.${table} (${columns}) select ${names.join(', ')} from json_populate_recordset(null::plain.${table}, $1)`,
          [JSON.stringify(batch)],
        );
      }
      ms += performance.now() - started;
      rows += values.length;
    }
    await client.query('drop schema plain cascade');
    return Math.round((rows / ms) * 1000);
  } finally {
    await client.end();
  }
}

function times(row: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    ['started_at', 'ended_at']
      .filter((name) => name in row)
      .map((name) => [name, new Date(Number(row[name])).toISOString()]),
  );
}
