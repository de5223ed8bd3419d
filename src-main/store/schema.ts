import { register, tableOf, type Register, type SyncedTable, type TableName } from '#shared/register.ts';

/** The synced tables as this version of the app has them, parents before children. */
export type Schema = {
  readonly tables: readonly TableName[];
  /** Whether this version has a synced table of that name. */
  knows(table: string): table is TableName;
  /** Columns of a table without `id`, in the order of the register. */
  columnsOf(table: TableName): readonly string[];
  /** The register's entry of a table. */
  tableOf(table: TableName): SyncedTable;
};

/** What a register says of tables and columns. Another one than the app's own stands for an older or a newer version of it. */
export function schemaOf(tables: Register): Schema {
  const columns = new Map(Object.entries(tables).map(([name, table]) => [name, Object.keys(table.columns)]));
  return {
    tables: [...columns.keys()] as TableName[],
    knows: (table): table is TableName => columns.has(table),
    columnsOf: (table) => columns.get(table) ?? [],
    tableOf: (table) => tables[table] ?? tableOf(table),
  };
}

/** The schema of this version. */
export const appSchema = schemaOf(register);
