import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stampFile } from './paths.ts';

/** A desktop runtime that was seen to start with the SQLite addon. */
export type Runtime = {
  readonly kind: 'official' | 'fallback' | 'given';
  readonly version: string;
  readonly executable: string;
  /** Folder for ELECTRON_OVERRIDE_DIST_PATH; null for the runtime of the electron package itself. */
  readonly distPath: string | null;
  /** The SQLite addon for this runtime; null where the driver's own fits. */
  readonly sqliteBinding: string | null;
};

type Stamp = { readonly runtime: Runtime; readonly seen: string };

/** Writes down that this runtime, as its files are now, was seen to work. */
export function writeStamp(runtime: Runtime, file: string = stampFile): void {
  mkdirSync(dirname(file), { recursive: true });
  const stamp: Stamp = { runtime, seen: fingerprint(runtime) };
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(stamp, null, 2)}\n`);
  renameSync(fresh, file);
}

/** The runtime of the last set-up; null when there was none, or when a file of it is gone or another one now. */
export function readStamp(file: string = stampFile): Runtime | null {
  if (!existsSync(file)) return null;
  try {
    const stamp: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (!isStamp(stamp)) return null;
    return fingerprint(stamp.runtime) === stamp.seen ? stamp.runtime : null;
  } catch {
    // an unreadable stamp is no stamp: set-up looks again and writes a new one
    return null;
  }
}

function isStamp(value: unknown): value is Stamp {
  if (typeof value !== 'object' || value === null || !('seen' in value) || !('runtime' in value)) return false;
  const { runtime } = value;
  return (
    typeof runtime === 'object' &&
    runtime !== null &&
    'executable' in runtime &&
    typeof runtime.executable === 'string' &&
    'distPath' in runtime &&
    'sqliteBinding' in runtime
  );
}

/** Size and time of each file that must be there; a missing one is part of the print too. */
function fingerprint(runtime: Runtime): string {
  const files = [runtime.executable, ...(runtime.sqliteBinding ? [runtime.sqliteBinding] : [])];
  const hash = createHash('sha256').update(JSON.stringify(runtime));
  for (const file of files) {
    const facts = statSync(file, { throwIfNoEntry: false });
    hash.update(facts ? `${facts.size}:${facts.mtimeMs};` : 'missing;');
  }
  return hash.digest('hex');
}
