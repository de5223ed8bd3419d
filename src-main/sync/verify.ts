/** Proves that this PC's rows equal the cloud's, by content: 256 hashes for each table, computed the same way on both sides. */
import { createHash, type Hash } from 'node:crypto';
import { columnsOf, tableNames, type TableName } from '#shared/register.ts';
import { ok, type Result } from '#shared/result.ts';
import type { CloudChecksums } from '#shared/sync/protocol.ts';
import type { ReadableDb, Store } from '#main/store/types.ts';
import { hasOpenOperations } from './operations.ts';
import type { Transport, TransportFailure } from './transport/types.ts';
import type { VerificationReport } from './types.ts';

type Buckets = Record<string, readonly [rows: number, md5: string]>;

/** Compares every table. A comparison needs an empty queue and the cloud's newest position; `reason` says when that is not so. */
export async function verify(
  store: Store,
  transport: Transport,
  yieldNow: () => Promise<void>,
): Promise<Result<VerificationReport, TransportFailure>> {
  if (hasOpenOperations(store.read))
    return ok(notNow('Changes still wait to be sent. Verify again when the queue is empty.'));
  const cloud = await transport.checksums();
  if (!cloud.ok) return cloud;
  if (!standsAt(store.read, cloud.value.heads))
    return ok(notNow('The cloud has changes that are not here yet. Sync first, then verify again.'));
  const tables: VerificationReport['tables'][number][] = [];
  for (const table of tableNames) {
    const mine = await tableBuckets(store.read, table, yieldNow);
    tables.push(compare(table, mine, cloud.value.tables[table] ?? {}));
  }
  if (hasOpenOperations(store.read) || !standsAt(store.read, cloud.value.heads)) {
    return ok(notNow('Something changed during the comparison. Verify again.'));
  }
  return ok({ equal: tables.every(({ differingBuckets }) => differingBuckets === 0), reason: null, tables });
}

function notNow(reason: string): VerificationReport {
  return { equal: false, reason, tables: [] };
}

function standsAt(db: ReadableDb, heads: CloudChecksums['heads']): boolean {
  if (db.get('SELECT 1 FROM _bootstraps LIMIT 1')) return false;
  const position = (scope: string) =>
    db.get<{ position: number }>('SELECT position FROM _cursors WHERE scope = ?', scope)?.position ?? 0;
  return Object.entries(heads).every(([scope, head]) => position(scope) === head);
}

/** Rows at a time between yields. */
const sliceRows = 1000;

/** Hashes of a table by the last two digits of the id: id and values joined by `|`, rows by `,` in the order of the id, null as `~`. */
async function tableBuckets(db: ReadableDb, table: TableName, yieldNow: () => Promise<void>): Promise<Buckets> {
  const values = columnsOf(table).map((name) => `|| '|' || coalesce(CAST("${name}" AS TEXT), '~')`);
  const sql = `SELECT id, id ${values.join(' ')} AS content FROM "${table}" WHERE id > ? ORDER BY id LIMIT ${sliceRows}`;
  const buckets = new Map<string, { rows: number; hash: Hash }>();
  for (let after = ''; ;) {
    const rows = db.all<{ id: string; content: string }>(sql, after);
    for (const { id, content } of rows) {
      const key = id.slice(34);
      const bucket = buckets.get(key);
      if (bucket) {
        bucket.rows += 1;
        bucket.hash.update(`,${content}`);
      } else {
        buckets.set(key, { rows: 1, hash: createHash('md5').update(content) });
      }
      after = id;
    }
    if (rows.length < sliceRows) break;
    await yieldNow();
  }
  return Object.fromEntries([...buckets].map(([key, { rows, hash }]) => [key, [rows, hash.digest('hex')]]));
}

function compare(table: TableName, mine: Buckets, theirs: Buckets): VerificationReport['tables'][number] {
  const sum = (buckets: Buckets) => Object.values(buckets).reduce((total, [rows]) => total + rows, 0);
  const keys = new Set([...Object.keys(mine), ...Object.keys(theirs)]);
  const differs = (key: string) => mine[key]?.[0] !== theirs[key]?.[0] || mine[key]?.[1] !== theirs[key]?.[1];
  return { table, rows: sum(mine), cloudRows: sum(theirs), differingBuckets: [...keys].filter(differs).length };
}
