import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { localMigrations, testStore } from './testing.ts';
import type { Store } from './types.ts';

const found = ({ read }: Store, word: string) =>
  read.get<{ n: number }>('SELECT count(*) AS n FROM _transcript_words WHERE _transcript_words MATCH ?', word)?.n;
/** As the cloud's rows are written. */
const fromCloud = (store: Store, text: string) =>
  store.apply(null, (db) =>
    db.run(
      `INSERT INTO transcripts (id, store_id, at, language, text) VALUES ('a', 's', 1, 'en', ?)
       ON CONFLICT (id) DO UPDATE SET text = excluded.text`,
      text,
    ),
  );

it('finds a note by the words it has now, also one that the cloud changed before the migration', () => {
  const old = mkdtempSync(join(tmpdir(), 'pulser-migrations-'));
  for (const name of readdirSync(localMigrations)) {
    if (Number(name.slice(0, 4)) <= 14) cpSync(join(localMigrations, name), join(old, name));
  }
  const before = testStore({ migrations: old });
  fromCloud(before.store, 'a mug');
  fromCloud(before.store, 'a kettle');
  expect([found(before.store, 'mug'), found(before.store, 'kettle')]).toEqual([1, 1]);
  const { store, cleanup } = testStore({}, before.file);
  expect([found(store, 'mug'), found(store, 'kettle')]).toEqual([0, 1]);
  fromCloud(store, 'a pot');
  expect([found(store, 'kettle'), found(store, 'pot')]).toEqual([0, 1]);
  cleanup();
  before.cleanup();
  rmSync(old, { recursive: true });
});
