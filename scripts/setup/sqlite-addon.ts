import { existsSync, readFileSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { SetUpFailure } from './failure.ts';
import { fallbackNodeApi } from './fallback-electron.ts';
import { cacheFolder, projectRoot } from './paths.ts';
import { lastWords, run } from './processes.ts';

/*
 * The SQLite driver ships an addon for Node-API 10. A runtime that only knows 9 needs one built from the package's own source:
 * the few Node-API 10 calls it makes are behind macros, and these flags choose the other side of them.
 */
const flags = '-UNAPI_VERSION -DNAPI_EXPERIMENTAL -DNODE_API_EXPERIMENTAL_NOGC_ENV_OPT_OUT';
const driver = join(projectRoot, 'node_modules', 'better-sqlite3');

/** Where the addon for the fallback runtime is kept, by the driver's version. */
export function addonFile(): string {
  const about: unknown = JSON.parse(readFileSync(join(driver, 'package.json'), 'utf8'));
  const version = typeof about === 'object' && about !== null && 'version' in about ? String(about.version) : 'unknown';
  const name = `sqlite-${version}-napi${fallbackNodeApi}-${process.platform}-${process.arch}`;
  return join(cacheFolder(), name, 'better_sqlite3.node');
}

/** Builds the addon into `file` (about a minute; needs python3, make and g++). Throws a SetUpFailure with what went wrong. */
export async function buildAddon(file: string, say: (line: string) => void): Promise<void> {
  if (existsSync(file)) return;
  const headers = headersFolder();
  if (!headers) {
    throw new SetUpFailure('Building the SQLite addon needs the headers of Node, and none were found.', [
      'npm rebuild node     (the Node of this project brings its headers)',
    ]);
  }
  await mkdir(cacheFolder(), { recursive: true });
  const work = await mkdtemp(join(cacheFolder(), 'making-sqlite-'));
  try {
    say("Building the SQLite addon for that runtime from the driver's own source (about a minute) ...");
    await build(work, headers);
    await mkdir(dirname(file), { recursive: true });
    // a copy beside the target first: the rename is what makes it appear, whole
    const fresh = `${file}.${process.pid}`;
    await copyFile(join(work, 'build', 'Release', 'better_sqlite3.node'), fresh);
    await rename(fresh, file);
    say(`The SQLite addon is in ${file}`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function build(work: string, headers: string): Promise<void> {
  for (const part of ['binding.gyp', 'package.json', 'deps', 'lib', 'src']) {
    await cp(join(driver, part), join(work, part), { recursive: true });
  }
  await symlink(join(projectRoot, 'node_modules'), join(work, 'node_modules'), 'dir');
  const gyp = join(projectRoot, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const built = await run(
    process.execPath,
    [gyp, 'rebuild', '--release', '--force_build=1', `--nodedir=${headers}`, '--jobs=2'],
    {
      cwd: work,
      env: {
        ...process.env,
        CXXFLAGS: flags,
        PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
      },
      limit: 15 * 60_000,
    },
  );
  if (built.code !== 0) throw new SetUpFailure(`Building the SQLite addon failed:\n${lastWords(built, 20)}`);
}

/** A folder with include/node in it: of the running Node, of the Node in node_modules, or of the system. */
function headersFolder(): string | null {
  const nodeModules = join(projectRoot, 'node_modules');
  const packageName = `node-${process.platform}-${process.arch}`;
  const places = [
    dirname(dirname(process.execPath)),
    join(nodeModules, 'node', 'node_modules', packageName),
    join(nodeModules, packageName),
    '/usr',
    '/usr/local',
  ];
  const complete = (place: string): boolean =>
    ['node_api.h', 'common.gypi', 'config.gypi'].every((name) => existsSync(join(place, 'include', 'node', name)));
  return places.find(complete) ?? null;
}
