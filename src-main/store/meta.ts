import type { ReadableDb, WritableDb } from './types.ts';

/** Small facts that the store keeps beside the tables, as JSON text under a key. */
export type MetaKey =
  | 'identity'
  | 'credential'
  | 'bundle_key'
  | 'enrolling'
  | 'operator'
  | 'installed_at'
  | 'last_batch'
  | 'epoch'
  | 'pause'
  | 'previous_device'
  | 'fork_request'
  | 'notices'
  | 'cloud_epoch'
  | 'scopes'
  | 'cutoffs'
  | 'known_columns'
  | 'known_shape'
  | 'upkeep'
  | 'economy'
  | 'cloud_protocol'
  | 'verification'
  | 'services'
  | 'mcp_key'
  | 'export_folder';

/** Reads a fact; undefined when it was never written. The caller knows its shape: only this program writes it. */
export function readMeta<T>(db: ReadableDb, key: MetaKey): T | undefined {
  const row = db.get<{ value: string }>('SELECT value FROM _meta WHERE key = ?', key);
  return row === undefined ? undefined : (JSON.parse(row.value) as T);
}

export function writeMeta(db: WritableDb, key: MetaKey, value: unknown): void {
  db.run(
    'INSERT INTO _meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    key,
    JSON.stringify(value),
  );
}

export function deleteMeta(db: WritableDb, key: MetaKey): void {
  db.run('DELETE FROM _meta WHERE key = ?', key);
}
