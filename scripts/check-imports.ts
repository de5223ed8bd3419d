import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checkImports, roomsWithoutReadme } from './imports/check.ts';
import { projectRoot } from './setup/paths.ts';

/** `npm run check:imports`: the rules of the house, for every module of the project. */
const folders = [
  'src-shared',
  'src-main',
  'src-preload',
  'src-renderer',
  'src-cloud',
  'scripts',
  'bench',
  'demo',
  'e2e',
  'simulation',
];

const files = folders.flatMap((folder) => filesIn(folder));
const modules = files.filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'));
const problems = [
  ...checkImports(new Map(modules.map((path) => [path, readFileSync(join(projectRoot, path), 'utf8')]))),
  ...roomsWithoutReadme(files).map(
    (room) => `${room} has no README.md that says what lives there and what it may import`,
  ),
];
for (const problem of problems) process.stdout.write(`${problem}\n`);
process.stdout.write(`${modules.length} modules, ${problems.length} problems\n`);
if (problems.length > 0 || modules.length === 0) process.exitCode = 1;

function filesIn(folder: string): string[] {
  if (!statSync(join(projectRoot, folder), { throwIfNoEntry: false })) return [];
  return readdirSync(join(projectRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name.startsWith('.') ? [] : filesIn(path);
    return [path];
  });
}
