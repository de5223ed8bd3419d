import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildIfChanged } from '../start/build.ts';

const root = join(import.meta.dirname, '..', '..');

/** Builds the product and answers the names of fixtures that stand in it: none, or something is very wrong. */
export async function fixturesInProduct(): Promise<string[]> {
  const failure = await buildIfChanged(() => undefined);
  if (failure !== null) throw new Error(`The product could not be built:\n${failure}`);
  const product = sources(join(root, 'out'), '.js');
  if (!product.includes('mcp_requests_total')) throw new Error('The built product does not even serve assistants');
  const fixtures = sources(join(import.meta.dirname, 'fixtures'), '.ts');
  const names = new Set([...fixtures.matchAll(/'(test_\w+|test:\/\/[\w-]+)'/g)].map(([, name]) => name ?? ''));
  if (names.size < 25) throw new Error('The fixtures have other names than this check looks for');
  return [...names].filter((name) => product.includes(name));
}

function sources(folder: string, ending: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending) && !path.startsWith('assistants'))
    .map((path) => readFileSync(join(folder, path), 'utf8'))
    .join('\n');
}
