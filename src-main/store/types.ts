import type { TableName } from '#shared/register.ts';
import type { Schema } from './schema.ts';

/** A value as SQLite keeps it. Booleans are 0 or 1, times are milliseconds, JSON is text. */
export type SqlValue = string | number | bigint | Uint8Array | null;

declare const writable: unique symbol;

/** Reads from the store. Statements are prepared once per SQL text and kept. */
export interface ReadableDb {
  /** The synced tables as this version of the app has them. */
  readonly schema: Schema;
  all<T>(sql: string, ...params: SqlValue[]): T[];
  get<T>(sql: string, ...params: SqlValue[]): T | undefined;
  /** Rows as arrays in the order of the columns: much quicker than objects where there are many. */
  tuples<T extends readonly unknown[]>(sql: string, ...params: SqlValue[]): T[];
}

/** Reads and writes; handed out only inside a transaction, so that nothing is ever written outside one. */
export interface WritableDb extends ReadableDb {
  readonly [writable]: true;
  run(sql: string, ...params: SqlValue[]): { changes: number };
}

/** What the one announcement of changes says, after commit. `tables` also names `_queue`, `_runs`, `_sync`, `_services`, `_calls`. */
export type StoreChange = {
  readonly tables: readonly (TableName | '_queue' | '_runs' | '_sync' | '_services' | '_calls')[];
  readonly origin: 'local' | 'cloud';
};

/** The store of one PC: the only way to its SQLite file. */
export interface Store {
  readonly read: ReadableDb;
  /**
   * Runs `work` as one local transaction: all of it or nothing, durable when it returns. Every change to a synced table is
   * captured with `actor` (who or what did it) and travels to the cloud as one group. Announced after commit.
   */
  transaction<T>(actor: string, work: (db: WritableDb) => T): T;
  /** Many local transactions, each a group of its own for the cloud, under one commit: for imports. */
  transactions<T>(actor: string, works: readonly ((db: WritableDb) => T)[]): T[];
  /**
   * Runs `work` as one transaction without capture: only for applying what the cloud said and for the store's own tables. `lazy`: a power
   * cut may take back the last such transactions, whole ones and only them, for what can be fetched again; the next durable transaction
   * makes them durable too.
   */
  apply<T>(change: StoreChange | null, work: (db: WritableDb) => T, durability?: 'durable' | 'lazy'): T;
  /** Listens to the one announcement of changes; returns the function that ends it. */
  onChange(listener: (change: StoreChange) => void): () => void;
  /** A new UUIDv7. */
  newId(): string;
  /** Milliseconds since 1970 UTC by this PC's clock. */
  now(): number;
  /** Duration of local write transactions since the start, in nanoseconds (a Node histogram). */
  readonly writeTimes: { count: number; p50Ms: number; p99Ms: number; maxMs: number };
  /** Bytes of the database file with its write-ahead log. */
  fileBytes(): number;
  close(): void;
}

/** Who this PC is; given by the cloud at enrolment. */
export type Identity = {
  readonly deviceId: string;
  readonly deviceName: string;
  readonly storeId: string;
  readonly storeName: string;
  /** A short number of this PC inside its store, used in receipt numbers: "2-000123". */
  readonly counter: number;
};

/** A person who has signed in on this PC. */
export type Operator = {
  readonly name: string;
  readonly email: string;
  readonly role: 'clerk' | 'supervisor' | 'operator';
  readonly signedInAt: number;
};
