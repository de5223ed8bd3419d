/** What the cloud's tables look like: row images are read by it, and only what the cloud knows is sent. Kept in the store. */
import type { TableName } from '#shared/register.ts';
import type { PullPage } from '#shared/sync/protocol.ts';
import type { Values } from '#shared/sync/rebase.ts';
import { deleteMeta, readMeta, writeMeta } from '#main/store/meta.ts';
import type { ReadableDb, Store, WritableDb } from '#main/store/types.ts';
import { releaseOwed, type Fate } from './owed.ts';
import { verifySoon } from './verification/plan.ts';

/** The columns of a row image of a table that this version has. */
export type Shape = {
  readonly known: true;
  readonly table: TableName;
  /** The columns that this version has, and their places in the image; no places when the image holds nothing else. */
  readonly columns: readonly string[];
  readonly places: readonly number[] | null;
  /** Columns that this version does not have yet, with their places. */
  readonly unknown: readonly (readonly [column: string, place: number])[];
};

/** The columns of a row image of a table that this version does not have. */
export type ForeignShape = { readonly known: false; readonly table: string; readonly columns: readonly string[] };

/** A row image: the values of a shape's columns in their order. */
export type Image = readonly (string | number | null)[];

export type Shapes = {
  find(id: number): Shape | ForeignShape | undefined;
  /** The newest number that is known here; 0 asks the cloud for all. */
  newest(): number;
  /** Reads anew what is kept, after it was forgotten. */
  reload(): void;
  /** Takes in the shape of one page, whose number says nothing of the others. */
  meet(id: number, columns: readonly string[]): void;
  /** Takes in what the cloud told from `newest` on, and lets changes go that waited for it. */
  learn(told: Pick<PullPage, 'shapes' | 'defaults'>): void;
  /** False while some table or column of this store is one that the cloud does not take. */
  takesAll(): boolean;
  fateOf(table: string, column: string): Fate;
  /**
   * To be called when the cloud refused a local transaction for a table or column it does not know: what is known here may be old. False
   * when it was learned anew since the same transaction was refused before.
   */
  doubt(txn: number): boolean;
  /** Asks for all shapes at the next pull. */
  askAll(): void;
  /** True from a doubt until the next `learn`: nothing should be sent. */
  readonly stale: boolean;
  /** Whether something can be sent now that could not before; asking takes the answer back. */
  takeNews(): boolean;
};

type Tables = ReadonlyMap<string, { readonly now: ReadonlySet<string>; readonly ever: ReadonlySet<string> }>;

export function createShapes(store: Store): Shapes {
  const { schema } = store.read;
  let byId = new Map<number, Shape | ForeignShape>();
  let tables: Tables = new Map();
  let complete = false;
  let takesAll = true;
  let stale = false;
  let news = false;
  const doubted = new Set<number>();

  const fateOf = (table: string, column: string): Fate => {
    // before the cloud told all, nothing can be said
    if (!complete) return 'send';
    const known = tables.get(table);
    if (!known) return 'owe';
    if (known.now.has(column)) return 'send';
    return known.ever.has(column) || known.now.size === 0 ? 'drop' : 'owe';
  };

  const load = (db: ReadableDb): void => {
    const rows = db.all<{ id: number; table_name: string; columns: string }>('SELECT * FROM _shapes ORDER BY id');
    const told = rows.map(({ id, table_name, columns }) => ({
      id,
      table: table_name,
      columns: JSON.parse(columns) as string[],
    }));
    byId = new Map(
      told.map(({ id, table, columns }) => [
        id,
        schema.knows(table) ? shapeOf(db, table, columns) : { known: false, table, columns },
      ]),
    );
    const next = new Map<string, { now: Set<string>; ever: Set<string> }>();
    for (const { table, columns } of told) {
      next.set(table, { now: new Set(columns), ever: new Set([...(next.get(table)?.ever ?? []), ...columns]) });
    }
    tables = next;
    complete = newestOf(db) > 0;
    takesAll = schema.tables.every((table) =>
      liveColumns(db, table).every((column) => fateOf(table, column) === 'send'),
    );
  };
  load(store.read);

  /** Rows that were here before the cloud had a column hold its default there, and whatever this PC had put into it here. */
  const compareGrown = (before: Tables): void => {
    const grown = schema.tables.filter((table) => {
      const had = before.get(table)?.now;
      return schema.columnsOf(table).some((column) => tables.get(table)?.now.has(column) && !had?.has(column));
    });
    if (grown.length > 0) store.apply(null, (db) => verifySoon(db, grown, store.now()));
  };

  return {
    find: (id) => byId.get(id),
    newest() {
      const kept = newestOf(store.read);
      // another enrolment made this PC forget them
      if (kept === 0 && complete) load(store.read);
      return stale ? 0 : kept;
    },
    reload: () => load(store.read),
    meet(id, [table = '', ...columns]) {
      if (byId.has(id)) return;
      store.apply(null, (db) => writeShape(db, { id, table, columns }));
      load(store.read);
    },
    learn({ shapes, defaults }) {
      const told = Object.entries(shapes).map(([id, [table = '', ...columns]]) => ({ id: Number(id), table, columns }));
      if (told.length > 0) {
        store.apply(null, (db) => {
          if (stale) forgetShapes(db);
          for (const shape of told) writeShape(db, shape);
          writeMeta(db, 'known_shape', Math.max(newestOf(db), ...told.map(({ id }) => id)));
          news =
            releaseOwed(
              db,
              told.map(({ id, table, columns }) => ({ table, values: startOf(columns, defaults[id]) })),
            ) || news;
        });
        const before = tables;
        load(store.read);
        if (before.size > 0) compareGrown(before);
      }
      news ||= stale;
      stale = false;
    },
    takesAll: () => takesAll,
    fateOf,
    doubt(txn) {
      if (doubted.has(txn)) return false;
      doubted.add(txn);
      stale = true;
      return true;
    },
    askAll() {
      stale = true;
    },
    get stale() {
      return stale;
    },
    takeNews() {
      const answer = news;
      news = false;
      return answer;
    },
  };
}

/** Forgets all shapes: for a cloud that may number them anew. The next pull asks for all. */
export function forgetShapes(db: WritableDb): void {
  db.run('DELETE FROM _shapes');
  deleteMeta(db, 'known_shape');
}

/** What a new row of the cloud holds where nobody filled anything in. */
function startOf(columns: readonly string[], defaults: Values = {}): Values {
  return Object.fromEntries(columns.map((name) => [name, defaults[name] ?? null]));
}

type Told = { readonly id: number; readonly table: string; readonly columns: readonly string[] };

function writeShape(db: WritableDb, { id, table, columns }: Told): void {
  db.run(
    'INSERT OR REPLACE INTO _shapes (id, table_name, columns) VALUES (?, ?, ?)',
    id,
    table,
    JSON.stringify(columns),
  );
}

/** Up to this number the cloud told all shapes; 0 before it did. */
function newestOf(db: ReadableDb): number {
  return readMeta<number>(db, 'known_shape') ?? 0;
}

function shapeOf(db: ReadableDb, table: TableName, columns: readonly string[]): Shape {
  const mine = new Set(db.schema.columnsOf(table));
  const all = columns.map((column, place) => [column, place] as const);
  const known = all.filter(([column]) => mine.has(column));
  return {
    known: true,
    table,
    columns: known.map(([column]) => column),
    places: known.length === all.length ? null : known.map(([, place]) => place),
    unknown: all.filter(([column]) => !mine.has(column)),
  };
}

/** The values of an image that this version knows, in the order of `shape.columns`. */
export function knownValues(shape: Shape, image: Image): Image {
  return shape.places ? shape.places.map((place) => image[place] ?? null) : image;
}

/** Columns of a table as they stand in the file, without the id. */
export function liveColumns(db: ReadableDb, table: TableName): string[] {
  return db
    .all<{ name: string }>(`SELECT name FROM pragma_table_info(?) WHERE name <> 'id'`, table)
    .map(({ name }) => name);
}
