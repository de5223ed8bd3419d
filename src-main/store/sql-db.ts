import type { RawDatabase } from './open-database.ts';
import { appSchema, type Schema } from './schema.ts';
import type { SqlValue, WritableDb } from './types.ts';

type Statement = ReturnType<RawDatabase['prepare']>;

/** Wraps the driver: each SQL text is prepared once and kept for the life of the connection. */
export function createDb(raw: RawDatabase, schema: Schema = appSchema): WritableDb {
  const statements = new Map<string, Statement>();
  const prepare = (sql: string, asTuples = false): Statement => {
    const name = asTuples ? `tuples ${sql}` : sql;
    let statement = statements.get(name);
    if (!statement) {
      statement = raw.prepare(sql);
      if (asTuples) statement.raw();
      statements.set(name, statement);
    }
    return statement;
  };
  const db = {
    schema,
    all: (sql: string, ...params: SqlValue[]) => prepare(sql).all(...params),
    tuples: (sql: string, ...params: SqlValue[]) => prepare(sql, true).all(...params),
    get: (sql: string, ...params: SqlValue[]) => prepare(sql).get(...params),
    run: (sql: string, ...params: SqlValue[]) => ({ changes: prepare(sql).run(...params).changes }),
  };
  // The brand exists for the compiler only: who holds a WritableDb got it from a transaction.
  return db as unknown as WritableDb;
}
