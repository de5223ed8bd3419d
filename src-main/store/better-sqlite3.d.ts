// The driver's package exports no types under this module resolution; this is the part of it that the store uses.
declare module 'better-sqlite3' {
  type Value = string | number | bigint | Uint8Array | null;

  interface Statement {
    run(...params: Value[]): { changes: number; lastInsertRowid: number | bigint };
    get(...params: Value[]): unknown;
    all(...params: Value[]): unknown[];
    raw(on?: boolean): this;
  }

  export default class Database {
    constructor(
      file: string,
      options?: { readonly?: boolean; fileMustExist?: boolean; timeout?: number; nativeBinding?: string },
    );
    readonly open: boolean;
    readonly inTransaction: boolean;
    prepare(sql: string): Statement;
    exec(sql: string): this;
    key(key: Uint8Array): number;
    pragma(source: string, options?: { simple?: boolean }): unknown;
    backup(file: string): Promise<unknown>;
    close(): this;
  }

  export class SqliteError extends Error {
    code: string;
  }
}
