/** One text for a row: equal on both sides when id, version and all compared values are. The cloud's half is in functions/50_verify.sql. */
import type { TableName } from '#shared/register.ts';
import type { Values } from '#shared/sync/rebase.ts';
import type { Schema } from '#main/store/schema.ts';

/** The buckets of a table: the last two hex digits of the id. */
export const allBuckets: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

export function bucketOf(id: string): string {
  return id.slice(34, 36);
}

function isText(schema: Schema, table: TableName, column: string): boolean {
  const type = schema.tableOf(table).columns[column]?.type;
  return type === 'text' || type === 'json' || type === 'id';
}

/** Of a row that should be there: a version that says "deleted" is as wrong as any other. */
function headOf(id: string, version: number, markedDeleted: boolean): string {
  return `${id}:${version}${markedDeleted ? '!' : ''}`;
}

/** The text of a row whose values are at hand. Texts stand behind their length in characters, null is `~`. */
export function contentOf(
  schema: Schema,
  table: TableName,
  columns: readonly string[],
  row: { readonly id: string; readonly version: number; readonly markedDeleted: boolean; readonly values: Values },
): string {
  let content = headOf(row.id, row.version, row.markedDeleted);
  for (const column of columns) {
    const value = row.values[column] ?? null;
    content += '|';
    if (value === null) content += '~';
    else if (isText(schema, table, column)) content += `${charactersOf(String(value))}:${value}`;
    else content += String(value);
  }
  return content;
}

/** The same as a SQL expression over the table `t` and its row state `s`. */
export function contentSql(schema: Schema, table: TableName, columns: readonly string[]): string {
  const values = columns.map((name) => {
    const column = `t."${name}"`;
    const text = isText(schema, table, name) ? `length(${column}) || ':' || ${column}` : `CAST(${column} AS TEXT)`;
    return ` || '|' || coalesce(${text}, '~')`;
  });
  return `t.id || ':' || coalesce(s.version, 0) || iif(s.deleted, '!', '')${values.join('')}`;
}

/** As both databases count: a pair of surrogates is one, and SQLite ends at a NUL, which the cloud cannot hold anyway. */
function charactersOf(text: string): number {
  const end = text.indexOf('\0');
  let count = 0;
  for (const _ of end < 0 ? text : text.slice(0, end)) count += 1;
  return count;
}
