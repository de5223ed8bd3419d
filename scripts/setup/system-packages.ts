import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetUpFailure } from './failure.ts';
import { lastWords, run } from './processes.ts';

/** Debian's names; where a newer release renamed one, the names in the order to try. */
export const desktopPackages: readonly (readonly string[])[] = [
  ['libnss3'],
  ['libgtk-3-0t64', 'libgtk-3-0'],
  ['libgbm1'],
  ['libasound2t64', 'libasound2'],
  ['libatk-bridge2.0-0t64', 'libatk-bridge2.0-0'],
  ['libdrm2'],
];
export const displayPackages: readonly (readonly string[])[] = [['xvfb']];
/** Servers that tests start on ports of their own, and the tool that makes their certificates. redis-tools has the whole server, without a service. */
export const serverPackages: readonly (readonly string[])[] = [['redis-tools'], ['openssl']];
export const compilerPackages: readonly (readonly string[])[] = [['python3'], ['make'], ['g++']];

/** Whether a program is on the path. */
export function onPath(program: string, path: string = process.env['PATH'] ?? ''): boolean {
  return path.split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, program)));
}

/** The shared libraries that an executable asks for and the system does not have; none where that cannot be asked. */
export async function missingLibraries(executable: string): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const answer = await run('ldd', [executable], { limit: 20_000 });
  return answer.stdout
    .split('\n')
    .filter((line) => line.includes('not found'))
    .map((line) => line.trim().split(' ')[0] ?? line.trim());
}

/**
 * Installs Debian packages where this process may (root with apt-get); elsewhere throws a SetUpFailure with the exact command.
 * `why` completes the sentence "... is missing for ...".
 */
export async function installPackages(
  wanted: readonly (readonly string[])[],
  why: string,
  say: (line: string) => void,
): Promise<void> {
  const plain = wanted.map((names) => names.at(-1) ?? '');
  if (!onPath('apt-get')) {
    throw new SetUpFailure(`${why} needs system packages that this machine lacks, and it has no apt-get.`, [
      `(with the package manager of this system, what Debian calls) ${plain.join(' ')}`,
    ]);
  }
  if (process.getuid?.() !== 0) {
    throw new SetUpFailure(`${why} needs system packages, which only root may install.`, [
      `sudo apt-get update && sudo apt-get install -y ${(await choose(wanted)).join(' ')}`,
    ]);
  }
  say('Reading the package lists (apt-get update) ...');
  const updated = await apt(['update']);
  const names = await choose(wanted);
  say(`Installing for ${why}: ${names.join(' ')} ...`);
  const installed = await apt(['install', '-y', '--no-install-recommends', ...names]);
  if (installed.code !== 0) {
    const words = [updated, installed].filter(({ code }) => code !== 0).map((step) => lastWords(step));
    throw new SetUpFailure(`apt-get could not install what ${why} needs:\n${words.join('\n')}`, [
      `apt-get update && apt-get install -y ${names.join(' ')}`,
    ]);
  }
}

async function apt(args: readonly string[]): ReturnType<typeof run> {
  return run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-q', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    limit: 15 * 60_000,
  });
}

/** Of each list, the first name that this release has. */
async function choose(wanted: readonly (readonly string[])[]): Promise<string[]> {
  const chosen: string[] = [];
  for (const names of wanted) {
    let found = names.at(-1) ?? '';
    for (const name of names.length > 1 ? names : []) {
      const policy = await run('apt-cache', ['policy', name], { limit: 60_000 });
      if (/Candidate: (?!\(none\))/.test(policy.stdout)) {
        found = name;
        break;
      }
    }
    chosen.push(found);
  }
  return chosen;
}
