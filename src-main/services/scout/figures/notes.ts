import type { ReaderContext } from '#main/store/readers/messages.ts';
import type { SqlValue } from '#main/store/types.ts';

export type NotesInput = {
  readonly storeId: string;
  readonly region: string | undefined;
  readonly brand: string | undefined;
  /** Milliseconds UTC. */
  readonly span: { readonly since: number; readonly until: number };
  /** Words that must all be in it; the last may be the beginning of one. */
  readonly words: string | undefined;
  readonly limit: number;
  /** Time and id of the last note of the page before; null for the first page. */
  readonly after: readonly [number, string] | null;
};

export type Note = {
  readonly id: string;
  readonly at: number;
  readonly region: string | null;
  readonly brand: string | null;
  readonly language: string;
  readonly text: string;
  readonly sale: string | null;
  readonly metadata: string | null;
};

/** Counter notes, newest first. */
export function notes({ db }: ReaderContext, input: NotesInput): { items: Note[]; total: number; more: boolean } {
  const { region, brand, span, after, limit } = input;
  const search = searchOf(input.words);
  // words without a letter or a digit find nothing
  if (search === '') return { items: [], total: 0, more: false };
  const conditions: [string, ...SqlValue[]][] = [
    ['store_id = ? AND at >= ? AND at < ?', input.storeId, span.since, span.until],
  ];
  if (region !== undefined) conditions.push(['region = ? COLLATE NOCASE', region]);
  if (brand !== undefined) conditions.push(['brand = ? COLLATE NOCASE', brand]);
  if (search !== null) {
    conditions.push([
      `id IN (SELECT d.id FROM _transcript_words w JOIN _transcript_documents d ON d.document = w.rowid WHERE _transcript_words MATCH ?)`,
      search,
    ]);
  }
  const where = conditions.map(([sql]) => sql).join(' AND ');
  const values = conditions.flatMap(([, ...params]) => params);
  const [at, id] = after ?? [Number.MAX_SAFE_INTEGER, ''];
  const items = db.all<Note>(
    `SELECT id, at, region, brand, language, text, transaction_id AS sale, metadata FROM transcripts
     WHERE ${where} AND (at < ? OR (at = ? AND id < ?)) ORDER BY at DESC, id DESC LIMIT ?`,
    ...values,
    at,
    at,
    id,
    limit + 1,
  );
  const total = db.get<{ n: number }>(`SELECT count(*) AS n FROM transcripts WHERE ${where}`, ...values)?.n ?? 0;
  return { items: items.slice(0, limit), total, more: items.length > limit };
}

/** A full text question that finds all words of a text, whatever signs are in it; null without a text. */
function searchOf(words: string | undefined): string | null {
  if (words === undefined) return null;
  const found = words.match(/[\p{L}\p{N}\p{M}]+/gu)?.slice(0, 20) ?? [];
  return found.map((word, index) => (index === found.length - 1 ? `"${word}"*` : `"${word}"`)).join(' ');
}
