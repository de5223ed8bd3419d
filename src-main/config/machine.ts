import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ConfigDeps } from './read-config.ts';

/** Where the machine's own configuration file lies on this operating system; PULSER_ENV_FILE names another one. */
export function machineFilePath(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (env['PULSER_ENV_FILE'] !== undefined && env['PULSER_ENV_FILE'] !== '') return env['PULSER_ENV_FILE'];
  if (platform === 'win32') return join(env['ProgramData'] ?? 'C:\\ProgramData', 'pulser', 'env');
  return '/etc/pulser/env';
}

/** The data folder of a host without a window, by the habits of the operating system. */
export function defaultDataDir(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (platform === 'win32') return join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'Pulser Field');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Pulser Field');
  return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'pulser-field');
}

/** Where compiled code is kept between starts: a folder of this user, because whoever can write there can run code here. */
export function compileCacheDir(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const caches =
    platform === 'win32'
      ? (env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'))
      : platform === 'darwin'
        ? join(env['HOME'] ?? homedir(), 'Library', 'Caches')
        : (env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'));
  return join(caches, 'pulser-field', 'compiled');
}

/** Reads a file of the configuration; null when it does not exist. */
export function readTextIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
    throw error;
  }
}

/** What `readConfig` needs on the real machine. */
export function machineDeps(env: NodeJS.ProcessEnv, platform: NodeJS.Platform, dataDir: string | null): ConfigDeps {
  return {
    env: dataDir === null ? env : { ...env, PULSER_DATA_DIR: dataDir },
    readText: readTextIfThere,
    defaultDataDir: defaultDataDir(env, platform),
    machineFile: machineFilePath(env, platform),
  };
}
