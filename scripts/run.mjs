/*
 * The one plain JavaScript file: runs `scripts/NAME.ts` with a Node that understands TypeScript. `npm run` puts the Node of
 * node_modules first on the path, so this is normally a plain import; where a machine kept npm from linking it, it is looked
 * up here, and its absence is explained.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [script, ...rest] = process.argv.slice(2);
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const runsTypeScript = major > 22 || (major === 22 && minor >= 18);
const runsWithFlag = major === 22 && minor >= 14;

if (!script) {
  fail('Usage: node scripts/run.mjs SCRIPT.ts [ARGUMENTS]');
} else if (!existsSync(join(root, 'node_modules', 'typescript'))) {
  fail('The packages of the project are not installed. Run:\n\n  npm ci\n');
} else if (runsTypeScript) {
  process.argv.splice(1, 2, resolve(root, script));
  await import(pathToFileURL(resolve(root, script)).href);
} else {
  const own = ownNode();
  if (own) handOver(own, []);
  else if (runsWithFlag) handOver(process.execPath, ['--experimental-strip-types', '--no-warnings']);
  else {
    fail(
      `Node ${process.versions.node} is too old (22.14 is needed), and the Node of the package "node" is not in node_modules.\n` +
        'Run one of:\n\n  npm rebuild node        (fetches Node 24 into this project only)\n  npm ci                  (if that did nothing)\n',
    );
  }
}

/** The Node that the npm package `node` brings; null where its install script did not run. */
function ownNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const places = [
    join('node', 'bin', name),
    join('node', 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', name),
    join(`node-${process.platform}-${process.arch}`, 'bin', name),
  ];
  return places.map((place) => join(root, 'node_modules', place)).find((file) => existsSync(file)) ?? null;
}

/** Runs the script with another Node; signals and the exit code go through. */
function handOver(node, flags) {
  const child = spawn(node, [...flags, resolve(root, script), ...rest], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`${node} does not start: ${error.message}`));
  child.on('exit', (code, signal) => (process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)));
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
