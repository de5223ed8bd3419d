import { tableNames, tableOf } from '#shared/register.ts';
import type { Values } from '#shared/sync/rebase.ts';
import { same, type OutsideInvariant, type Sight } from './types.ts';

/** After quiet every replica is the cloud, and the feed's last word is what stands in the tables. */
export const convergence: OutsideInvariant = {
  name: 'convergence',
  numbers: [8],
  promise: 'after quiet every replica equals the cloud in its scopes, row by row and value by value',
  when: 'quiet',
  async check({ world }) {
    const problems: string[] = [];
    const cloud = await readTables(world);
    for (const [key, row] of world.mirror.rows) {
      const wrong = difference(row.image ?? undefined, cloud.get(key));
      if (wrong) problems.push(`the feed about ${key}: ${wrong}`);
    }
    for (const key of cloud.keys())
      if (!world.mirror.rows.has(key)) problems.push(`${key} is in the cloud, the feed never said so`);
    for (const pc of world.pcs) {
      if (pc.revoked) continue;
      const mine = new Map([...cloud].filter(([key]) => pc.scopes.includes(world.mirror.rows.get(key)?.scope ?? '')));
      for (const key of new Set([...mine.keys(), ...pc.view.rows.keys()])) {
        const wrong = difference(pc.view.rows.get(key), mine.get(key));
        if (wrong) problems.push(`PC ${pc.index + 1}: ${key} ${wrong}`);
      }
    }
    return problems;
  },
};

function difference(mine: Values | undefined, cloud: Values | undefined): string | null {
  if (!mine || !cloud) return mine === cloud ? null : mine ? 'is not in the cloud' : 'is missing';
  const wrong = Object.keys(cloud).find((name) => !same(mine[name], cloud[name]));
  return wrong ? `has ${wrong} ${String(mine[wrong])}, the cloud has ${String(cloud[wrong])}` : null;
}

/** Every synced row of the cloud as it stands in the tables, with values as on the wire. */
async function readTables(world: Sight['world']): Promise<Map<string, Values>> {
  const rows = new Map<string, Values>();
  for (const table of tableNames) {
    const found = await world.cloud.admin.query<{ id: string; image: Values }>(
      `select id::text, jsonb_build_object(${Object.entries(tableOf(table).columns)
        .map(([name, { type }]) => `'${name}', ${wire(type, name)}`)
        .join(', ')}) as image from public.${table}`,
    );
    for (const { id, image } of found.rows) rows.set(`${table}/${id}`, image);
  }
  return rows;
}

function wire(type: ReturnType<typeof tableOf>['columns'][string]['type'], name: string): string {
  if (type === 'time') return `(extract(epoch from ${name}) * 1000)::bigint`;
  return type === 'bool' ? `${name}::int` : name;
}
