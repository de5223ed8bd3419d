import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './paths.ts';
import { lastWords, run } from './processes.ts';

const folder = join(projectRoot, 'node_modules', 'electron');

/** Version of the pinned npm package, which is also the version of the runtime that it fetches. */
export function officialVersion(): string {
  const about: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const version = typeof about === 'object' && about !== null && 'version' in about ? about.version : null;
  if (typeof version !== 'string') throw new Error(`${folder} names no version`);
  return version;
}

/** The executable that the package has fetched; null while it has not. */
export function officialExecutable(): string | null {
  const pathFile = join(folder, 'path.txt');
  if (!existsSync(pathFile)) return null;
  const file = join(folder, 'dist', readFileSync(pathFile, 'utf8').trim());
  return existsSync(file) ? file : null;
}

/** Asks the package to fetch its runtime. Returns why it could not, or null when it could. */
export async function fetchOfficial(): Promise<string | null> {
  const finished = await run(process.execPath, [join(folder, 'install.js')], {
    cwd: folder,
    env: { ...process.env, ELECTRON_OVERRIDE_DIST_PATH: '' },
    limit: 8 * 60_000,
  });
  if (finished.code === 0 && officialExecutable()) return null;
  return finished.code === null ? 'it took more than 8 minutes' : lastWords(finished, 1);
}
