import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json. */
export const projectRoot: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What set-up found out about this checkout; goes with node_modules, so that a fresh install is looked at afresh. */
export const stampFile: string = join(projectRoot, 'node_modules', '.cache', 'pulser-field', 'setup.json');

/** Where large things that several checkouts share are kept: the user's cache folder, by the habit of each system. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env, platform: string = process.platform): string {
  if (env['XDG_CACHE_HOME']) return join(env['XDG_CACHE_HOME'], 'pulser-field');
  if (platform === 'win32') {
    return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'pulser-field', 'cache');
  }
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'pulser-field');
  return join(homedir(), '.cache', 'pulser-field');
}
