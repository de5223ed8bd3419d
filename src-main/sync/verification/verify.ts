/**
 * Compares this PC's rows with the cloud's and mends what differs. Nothing may be received or confirmed meanwhile but by this itself, so it runs as a
 * step of the cycle. Every answer of the cloud says where its feeds stood; the PC receives exactly up to there, so a busy feed is no hindrance.
 */
import { createHash, type Hash } from 'node:crypto';
import type { TableName } from '#shared/register.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import type { CloudBuckets, Heads } from '#shared/sync/protocol.ts';
import type { ReadableDb } from '#main/store/types.ts';
import { readCursors } from '../cursors.ts';
import { hasSendable } from '../operations.ts';
import { readOutbox } from '../outbox.ts';
import { readHeld } from '../scopes.ts';
import type { Shape, Shapes } from '../shapes.ts';
import type { CycleDeps } from '../step.ts';
import type { TransportFailure } from '../transport/types.ts';
import type { VerificationReport } from '../types.ts';
import { readCutoffs } from '../windows.ts';
import { bucketOf } from './content.ts';
import { localSlices, type Compared } from './local-rows.ts';
import type { Order } from './order.ts';
import { repairRow, type CloudRow, type Fault } from './repair.ts';

/** Receives exactly up to these positions; false when that is not possible (any more). */
export type PullTo = (heads: Heads) => Promise<Result<boolean, TransportFailure>>;

/** Compares table by table. When something else wants its turn it ends before the next one: `left` are those that it did not come to. */
export type Verify = (
  order: Order,
) => Promise<Result<{ readonly report: VerificationReport; readonly left: readonly TableName[] }, TransportFailure>>;

type Deps = Pick<CycleDeps, 'store' | 'transport' | 'yieldNow' | 'stopping' | 'sparing'> & {
  readonly shapes: Shapes;
  readonly pullTo: PullTo;
};

/** So often an answer of the cloud may be missed before the verification is left for later. */
const tries = 4;
/** Buckets whose rows are listed in one call, and rows that are fetched in one. */
const bucketsAtOnce = 16;
const rowsAtOnce = 200;

/** Ends a verification early: the cloud failed, or it cannot be done now. */
class Ended extends Error {
  override readonly name = 'Ended';
  readonly failure: TransportFailure | null;
  constructor(reason: string, failure: TransportFailure | null = null) {
    super(reason);
    this.failure = failure;
  }
}

export function createVerify(deps: Deps): Verify {
  return async (order) => {
    const totals = { missing: 0, extra: 0, different: 0, version: 0 };
    const tables: VerificationReport['tables'][number][] = [];
    const report = (reason: string | null): VerificationReport => ({
      depth: order.depth,
      equal: reason === null && tables.every((table) => table.differingBuckets === 0 && table.repaired === 0),
      reason,
      tables,
      repaired: totals,
    });
    try {
      const reason = hindrance(deps.store.read);
      if (reason !== null) return ok({ report: report(reason), left: [] });
      const cloud = await askBuckets(deps, order);
      for (const [i, table] of order.tables.entries()) {
        // a sale waits for one table at most
        if (i > 0 && hasSendable(deps.store.read, deps.sparing()))
          return ok({ report: report(null), left: order.tables.slice(i) });
        const theirs = cloud.tables[table];
        if (!theirs) continue;
        const found = await findSuspects(deps, order, table, theirs);
        const faults = await mend(deps, table, found.suspects);
        for (const { fault } of faults) totals[fault] += 1;
        // a bucket may look different for what has come since the cloud was asked: only a row that was wrong says so
        const differing = new Set(faults.map(({ id }) => bucketOf(id))).size;
        const cloudRows = Object.values(theirs.buckets).reduce((sum, [rows]) => sum + rows, 0);
        tables.push({ table, rows: found.rows, cloudRows, differingBuckets: differing, repaired: faults.length });
      }
      return ok({ report: report(null), left: [] });
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
      return error.failure ? fail(error.failure) : ok({ report: report(error.message), left: [] });
    }
  };
}

/** Why nothing can be compared now; null when it can. */
function hindrance(db: ReadableDb): string | null {
  // what an unanswered batch did in the cloud is not known here
  if (readOutbox(db).length > 0) return 'Changes are on their way to the cloud. Verify again in a moment.';
  if (db.get('SELECT 1 FROM _bootstraps LIMIT 1')) return 'Data is still being loaded. Verify again when that is done.';
  return null;
}

function compared(db: ReadableDb): Compared {
  const effective = new Set(readHeld(db)?.effective ?? []);
  const leaving = db.all<{ scope: string }>('SELECT scope FROM _leaving').map(({ scope }) => scope);
  return {
    scopes: new Set(Object.keys(readCursors(db)).filter((scope) => effective.has(scope))),
    leaving: new Set(leaving),
    cutoffs: readCutoffs(db),
  };
}

/** Asks until this PC stands where the cloud answered from; throws Ended. */
async function atHeads<T extends { readonly heads: Heads }>(
  { store, pullTo, stopping }: Deps,
  ask: (what: Compared) => Promise<Result<T, TransportFailure>>,
): Promise<T> {
  for (let i = 0; i < tries; i += 1) {
    if (stopping()) throw new Ended('Synchronisation was stopped.');
    const before = compared(store.read);
    const answer = await ask(before);
    if (!answer.ok) throw new Ended('', answer.error);
    const there = await pullTo(answer.value.heads);
    if (!there.ok) throw new Ended('', there.error);
    const reason = hindrance(store.read);
    if (reason !== null) throw new Ended(reason);
    const now = compared(store.read);
    const same =
      now.scopes.size === Object.keys(answer.value.heads).length &&
      [...now.scopes].every((scope) => scope in answer.value.heads);
    if (there.value && same && JSON.stringify(now.cutoffs) === JSON.stringify(before.cutoffs)) return answer.value;
  }
  throw new Ended('What this PC follows changed during the comparison. Verify again.');
}

function askBuckets(deps: Deps, { depth, buckets, tables }: Order): Promise<CloudBuckets> {
  const { schema } = deps.store.read;
  return atHeads(deps, ({ scopes, cutoffs }) =>
    deps.transport.verify({
      scopes: [...scopes],
      cutoffs,
      content: depth === 'content',
      buckets,
      tables: Object.fromEntries(tables.map((table) => [table, schema.columnsOf(table)])),
    }),
  );
}

type Found = { readonly rows: number; readonly suspects: ReadonlySet<string> };

/** The ids of rows of a table that are, or may be, wrong. */
async function findSuspects(
  deps: Deps,
  order: Order,
  table: TableName,
  theirs: CloudBuckets['tables'][string],
): Promise<Found> {
  const { store } = deps;
  const content = order.depth === 'content';
  const suspects = new Set<string>();
  const buckets = new Map<string, { rows: number; hash: Hash }>();
  let rows = 0;
  const columns = content ? theirs.columns : null;
  for (const slice of localSlices(store.read, table, columns, order.buckets, compared(store.read))) {
    for (const id of [...slice.strays, ...slice.wrong]) suspects.add(id);
    for (const row of slice.rows) {
      const bucket = buckets.get(bucketOf(row.id));
      if (bucket) {
        bucket.rows += 1;
        bucket.hash.update(`,${row.content}`);
      } else {
        buckets.set(bucketOf(row.id), { rows: 1, hash: createHash('md5').update(row.content) });
      }
    }
    rows += slice.rows.length;
    await deps.yieldNow();
  }
  const mine = new Map([...buckets].map(([key, { rows: n, hash }]) => [key, `${n} ${hash.digest('hex')}`]));
  const keys = [...new Set([...mine.keys(), ...Object.keys(theirs.buckets)])];
  const differing = keys.filter((key) => mine.get(key) !== theirs.buckets[key]?.join(' '));
  for (let i = 0; i < differing.length; i += bucketsAtOnce) {
    await compareRows(deps, order, table, differing.slice(i, i + bucketsAtOnce), suspects);
  }
  if (content) for await (const id of rowsWithoutFace(deps, table, order.buckets)) suspects.add(id);
  return { rows, suspects };
}

/** Adds the rows of these buckets that differ. */
async function compareRows(
  deps: Deps,
  { depth }: Order,
  table: TableName,
  buckets: readonly string[],
  suspects: Set<string>,
): Promise<void> {
  const { store } = deps;
  const content = depth === 'content';
  const cloud = await atHeads(deps, ({ scopes, cutoffs }) =>
    deps.transport.verifyRows({
      scopes: [...scopes],
      cutoffs,
      content,
      table,
      columns: store.read.schema.columnsOf(table),
      buckets,
    }),
  );
  const theirs = new Map(cloud.rows.map(([id, , hash]) => [id, hash]));
  for (const slice of localSlices(store.read, table, content ? cloud.columns : null, buckets, compared(store.read))) {
    for (const row of slice.rows) {
      const hash = createHash('md5').update(row.content).digest('hex');
      if (theirs.get(row.id) !== hash) suspects.add(row.id);
      theirs.delete(row.id);
    }
    await deps.yieldNow();
  }
  for (const id of theirs.keys()) suspects.add(id);
}

const statesAtOnce = 1000;

/** Rows of which only a version is known here: deleted ones, as far as that is right. */
async function* rowsWithoutFace(
  deps: Deps,
  table: TableName,
  buckets: readonly string[] | null,
): AsyncGenerator<string> {
  const wanted = buckets && new Set(buckets);
  for (let after = ''; ;) {
    const states = deps.store.read.all<{ id: string; visible: number }>(
      `SELECT s.row_id AS id, t.id IS NOT NULL AS visible
       FROM (SELECT row_id FROM _row_state WHERE table_name = ? AND row_id > ? ORDER BY row_id LIMIT ${statesAtOnce}) s
       LEFT JOIN "${table}" t ON t.id = s.row_id ORDER BY s.row_id`,
      table,
      after,
    );
    for (const { id, visible } of states) if (!visible && (!wanted || wanted.has(bucketOf(id)))) yield id;
    if (states.length < statesAtOnce) return;
    after = states.at(-1)?.id ?? '';
    await deps.yieldNow();
  }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

type FaultyRow = { readonly id: string; readonly fault: Fault };

/** Fetches suspects and makes them what the cloud has; one transaction for each call's rows. */
async function mend(deps: Deps, table: TableName, suspects: ReadonlySet<string>): Promise<FaultyRow[]> {
  const faults: FaultyRow[] = [];
  const ids = [...suspects].toSorted();
  for (let i = 0; i < ids.length; i += rowsAtOnce) {
    const some = ids.slice(i, i + rowsAtOnce);
    const cloud = await atHeads(deps, ({ scopes }) =>
      deps.transport.rows(
        [...scopes],
        table,
        some.filter((id) => uuid.test(id)),
      ),
    );
    deps.shapes.meet(cloud.shape, cloud.columns);
    const shape = deps.shapes.find(cloud.shape);
    if (!shape?.known) throw new Ended('The cloud is being updated. Verify again in a moment.');
    const rows = new Map(cloud.rows.map((row) => [row[0], row]));
    faults.push(...repairSlice(deps, shape, some, rows));
    await deps.yieldNow();
  }
  return faults;
}

function repairSlice(
  { store }: Deps,
  shape: Shape,
  ids: readonly string[],
  rows: ReadonlyMap<string, CloudRow>,
): FaultyRow[] {
  return store.apply({ tables: [shape.table], origin: 'cloud' }, (db) =>
    ids.flatMap((id) => {
      const fault = repairRow(db, shape, id, rows.get(id));
      return fault === null ? [] : [{ id, fault }];
    }),
  );
}
