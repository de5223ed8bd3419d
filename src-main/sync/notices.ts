/** What happened to this PC's place in the cloud: nothing to decide, but a person should know. */
import { readMeta, writeMeta } from '#main/store/meta.ts';
import type { ReadableDb, WritableDb } from '#main/store/types.ts';

type Notice = { readonly at: number; readonly text: string };

/** Notices are shown for a week. */
const shownMs = 7 * 24 * 3_600_000;

export function addNotice(db: WritableDb, text: string, now: number): void {
  writeMeta(db, 'notices', [...recent(db, now).slice(-9), { at: now, text }] satisfies Notice[]);
}

/** The notices of the last week, the newest last. */
export function readNotices(db: ReadableDb, now: number): string[] {
  return recent(db, now).map(({ text }) => text);
}

function recent(db: ReadableDb, now: number): Notice[] {
  return (readMeta<Notice[]>(db, 'notices') ?? []).filter(({ at }) => now - at < shownMs);
}
