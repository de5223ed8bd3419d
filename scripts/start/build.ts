import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../setup/paths.ts';
import { capture, scriptOf } from '../testing/steps.ts';

const sources = [
  'src-shared',
  'src-main',
  'src-preload',
  'src-renderer',
  'scripts/assistants',
  'package-lock.json',
  'electron.vite.config.ts',
];
const outputs = [
  'out/main/main.js',
  'out/main/host-thread.js',
  'out/main/reader-thread.js',
  'out/preload/index.cjs',
  'out/renderer/index.html',
  'out/assistants/bridge.mjs',
];
const printFile = join(projectRoot, 'out', 'built-from');

/** Builds the window's bundle unless the last build is of the very same sources. Returns the build's output when it failed. */
export async function buildIfChanged(say: (line: string) => void): Promise<string | null> {
  const print = fingerprint();
  const complete = outputs.every((file) => existsSync(join(projectRoot, file)));
  if (complete && existsSync(printFile) && readFileSync(printFile, 'utf8') === print) return null;
  say('Building the app ...');
  const { code, output } = await capture(scriptOf('build'));
  if (code !== 0) return output;
  writeFileSync(printFile, print);
  return null;
}

/** Names, sizes and times of all sources: what changes when somebody edits, pulls or switches branches. */
function fingerprint(): string {
  const hash = createHash('sha256');
  const add = (path: string): void => {
    const facts = statSync(join(projectRoot, path), { throwIfNoEntry: false });
    if (!facts) return;
    if (facts.isDirectory()) {
      for (const name of readdirSync(join(projectRoot, path)).toSorted()) add(`${path}/${name}`);
    } else if (!/\.(test\.tsx?|md)$/.test(path)) {
      hash.update(`${path}:${facts.size}:${facts.mtimeMs}\n`);
    }
  };
  for (const source of sources) add(source);
  return hash.digest('hex');
}
