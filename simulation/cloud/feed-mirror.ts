/** What the cloud's feed has said so far, read behind the engine's back: every other check compares with this. */
import type { Client } from 'pg';
import type { Values } from '#shared/sync/rebase.ts';

export type FeedChange = {
  readonly table: string;
  readonly rowId: string;
  readonly op: 'I' | 'U' | 'D';
  readonly version: number;
  readonly image: Values | null;
  readonly knownBy: string | null;
};
/** One transaction of the cloud in one scope. */
export type FeedTxn = {
  readonly scope: string;
  readonly position: number;
  readonly txn: string;
  readonly changes: readonly FeedChange[];
};
export type MirrorRow = { readonly scope: string; readonly version: number; readonly image: Values | null };

export type FeedMirror = {
  /** Every row that ever was, by `table/id`; the image is null when it is deleted. */
  readonly rows: ReadonlyMap<string, MirrorRow>;
  /** Images by `table/id/version`. */
  readonly history: ReadonlyMap<string, Values | null>;
  /** Transactions of a scope; the first has position 1. */
  readonly feed: (scope: string) => readonly FeedTxn[];
  /** Scopes whose feed has begun. */
  readonly scopes: () => readonly string[];
  /** Remembers what was said so far; answers the function that forgets everything after it. */
  readonly keep: () => () => void;
  /** Reads what was committed since; answers the new transactions in the order of their positions, and what is wrong with them. */
  readonly advance: () => Promise<{ fresh: readonly FeedTxn[]; problems: readonly string[] }>;
};

type Row = {
  scope: string;
  position: number;
  txn: string;
  n: number;
  changes: [string, string, 'I' | 'U' | 'D', number, number, (string | number | null)[] | null, string | null][];
};
type Count = { scope: string; head: number; floor: number; found: number; unsealed: number };

const newTransactions = `select s.key as scope, t.pos::int as position, t.txn_id::text as txn, t.n,
    (select coalesce(json_agg(json_build_array(tb.name, c.row_id, c.op, c.ver, c.shape_id, c.image, c.known_by) order by c.seq), '[]')
       from sync.changes c join sync.tables tb on tb.id = c.table_id where c.scope_id = t.scope_id and c.txn_id = t.txn_id) as changes
  from sync.txns t join sync.scopes s on s.id = t.scope_id
  where t.pos > coalesce(($1::jsonb ->> s.key)::bigint, 0) order by t.txn_id, s.id, t.pos`;
const counts = `select s.key as scope, s.head::int, s.floor::int, count(t.pos)::int as found, (count(*) filter (where t.txn_id is not null and t.pos is null))::int as unsealed
  from sync.scopes s left join sync.txns t on t.scope_id = s.id group by s.id`;

export function createFeedMirror(admin: Pick<Client, 'query'>): FeedMirror {
  const rows = new Map<string, MirrorRow>();
  const history = new Map<string, Values | null>();
  const feeds = new Map<string, FeedTxn[]>();
  const shapes = new Map<number, string[]>();

  const columnsOf = async (shape: number): Promise<string[]> => {
    const known = shapes.get(shape);
    if (known) return known;
    const found = await admin.query<{ id: number; columns: string[] }>('select id, columns from sync.shapes');
    for (const { id, columns } of found.rows) shapes.set(id, columns);
    const columns = shapes.get(shape);
    if (!columns) throw new Error(`The cloud has no shape ${shape}`);
    return columns;
  };

  const toTxn = async (row: Row): Promise<FeedTxn> => {
    const changes: FeedChange[] = [];
    for (const [table, rowId, op, version, shape, image, knownBy] of row.changes) {
      const columns = image && (await columnsOf(shape));
      const values = columns && Object.fromEntries(columns.map((name, i) => [name, image[i] ?? null]));
      changes.push({ table, rowId, op, version, image: values, knownBy });
    }
    return { scope: row.scope, position: row.position, txn: row.txn, changes };
  };

  const take = (txn: FeedTxn, problems: string[]): void => {
    const feed = feeds.get(txn.scope) ?? [];
    feeds.set(txn.scope, feed);
    if (txn.position !== feed.length + 1) {
      problems.push(`${txn.scope}: position ${txn.position} appeared after ${feed.length}`);
    }
    feed.push(txn);
    for (const { table, rowId, version, image } of txn.changes) {
      const key = `${table}/${rowId}`;
      const before = rows.get(key);
      if (version !== (before?.version ?? 0) + 1)
        problems.push(`${key}: version ${version} follows ${before?.version ?? 0}`);
      rows.set(key, { scope: txn.scope, version, image });
      history.set(`${key}/${version}`, image);
    }
  };

  return {
    rows,
    history,
    feed: (scope) => feeds.get(scope) ?? [],
    scopes: () => [...feeds.keys()],
    keep() {
      const then = { rows: new Map(rows), history: new Map(history) };
      const lengths = new Map([...feeds].map(([scope, feed]) => [scope, feed.length]));
      return () => {
        rows.clear();
        history.clear();
        for (const [key, row] of then.rows) rows.set(key, row);
        for (const [key, image] of then.history) history.set(key, image);
        for (const [scope, feed] of feeds) feed.splice(lengths.get(scope) ?? 0);
      };
    },
    async advance() {
      const seen = Object.fromEntries([...feeds].map(([scope, feed]) => [scope, feed.length]));
      const found = await admin.query<Row>({ name: 'feed', text: newTransactions, values: [JSON.stringify(seen)] });
      const totals = await admin.query<Count>({ name: 'counts', text: counts });
      const problems: string[] = [];
      const fresh: FeedTxn[] = [];
      for (const row of found.rows) fresh.push(await toTxn(row));
      // inside a scope by position; between scopes the order does not matter
      for (const txn of fresh.toSorted((a, b) => a.position - b.position)) take(txn, problems);
      for (const { scope, head, floor, found: present, unsealed } of totals.rows) {
        if (unsealed > 0) problems.push(`${scope}: ${unsealed} transactions have no position`);
        if (present !== head - floor) problems.push(`${scope}: ${present} positions of ${head} (floor ${floor})`);
        if ((feeds.get(scope)?.length ?? 0) !== head)
          problems.push(`${scope}: head ${head}, ${feeds.get(scope)?.length ?? 0} positions seen`);
      }
      return { fresh, problems };
    },
  };
}
