import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { findCircles } from './circles.ts';
import { readImports } from './read-imports.ts';
import { problemOfFile, problemOfPackage } from './rules.ts';

/** What package.json names under "imports". */
const doors: readonly (readonly [string, string])[] = [
  ['#shared/', 'src-shared/'],
  ['#main/', 'src-main/'],
  ['#cloud/', 'src-cloud/'],
];

/**
 * Checks modules (path → source, paths relative to the project with forward slashes) against the rules of the house.
 * Returns one readable line for each wrong import, computed import and circle.
 */
export function checkImports(sources: ReadonlyMap<string, string>): string[] {
  const problems: string[] = [];
  const graph = new Map<string, Set<string>>();
  for (const [path, source] of sources) {
    const targets = new Set<string>();
    graph.set(path, targets);
    for (const { specifier, line, typeOnly } of readImports(path, source)) {
      const where = `${path}:${line}`;
      if (specifier === null) {
        if (path.startsWith('src-')) problems.push(`${where} imports something computed, which cannot be checked`);
        continue;
      }
      const target = fileOf(path, specifier, sources);
      if (target) targets.add(target);
      const problem = target ? problemOfFile(path, target, typeOnly) : problemOfPackage(path, canonical(specifier));
      if (problem) problems.push(`${where} imports ${specifier}: ${problem}`);
    }
  }
  for (const circle of findCircles(graph)) problems.push(`a circle of imports: ${circle.join(' → ')}`);
  return problems;
}

const canonical = (specifier: string): string =>
  isBuiltin(specifier) && !specifier.startsWith('node:') ? `node:${specifier}` : specifier;

/** The project's file that a specifier leads to; null for a package. A file that is not there keeps its path. */
function fileOf(from: string, specifier: string, sources: ReadonlyMap<string, string>): string | null {
  const path = pathOf(from, specifier.replace(/\?.*$/, ''));
  if (path === null || sources.has(path)) return path;
  const tries = ['.ts', '.tsx', '/index.ts', '/index.tsx'].map((ending) => path + ending);
  return tries.find((candidate) => sources.has(candidate)) ?? path;
}

function pathOf(from: string, specifier: string): string | null {
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(from), specifier));
  const door = doors.find(([prefix]) => specifier.startsWith(prefix));
  return door ? posix.normalize(door[1] + specifier.slice(door[0].length)) : null;
}

/** The rooms (src-* folders and the folders directly in them) that hold code and have no README.md. */
export function roomsWithoutReadme(paths: Iterable<string>): string[] {
  const rooms = new Set<string>();
  const opened = new Set<string>();
  for (const path of paths) {
    const parts = path.split('/');
    if (!parts[0]?.startsWith('src-')) continue;
    if (parts.at(-1) === 'README.md') opened.add(parts.slice(0, -1).join('/'));
    rooms.add(parts[0]);
    if (parts.length > 2 && parts[1]) rooms.add(`${parts[0]}/${parts[1]}`);
  }
  return [...rooms].filter((room) => !opened.has(room)).toSorted();
}
