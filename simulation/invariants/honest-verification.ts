import { isTableName, tableNames, tableOf } from '#shared/register.ts';
import type { Values } from '#shared/sync/rebase.ts';
import { readVisible } from '#main/sync/cloud-rows.ts';
import type { SimPc } from '../pc/sim-pc.ts';
import type { World } from '../core/world.ts';
import { pump } from '../core/pump.ts';
import { randomFrom, type Random } from '../core/random.ts';
import { same, type Invariant } from './types.ts';

/** The verification says "equal" of an equal replica, and of no other; what it finds is as it was afterwards. */
export const honestVerification: Invariant = {
  name: 'honest verification',
  numbers: [14],
  promise: 'verification finds equal replicas equal; any flipped value of any row is found and put right',
  when: 'quiet',
  async check({ world }) {
    const random = randomFrom(world.seed + 77);
    const pcs = world.pcs.filter((pc) => !pc.revoked);
    for (const pc of pcs) {
      const clean = await pump(world, pc.index, pc.daemon.verify());
      if (!clean.ok || !clean.value.equal)
        return [`PC ${pc.index + 1} is equal, verification says ${JSON.stringify(clean).slice(0, 300)}`];
    }
    const victims = pcs.filter((pc) => pc.view.rows.size > 0);
    return victims.length === 0 ? [] : damage(world, random.pick(victims), random);
  },
};

async function damage(world: World, pc: SimPc, random: Random): Promise<string[]> {
  const { table, id, column, before } = flip(pc, random);
  const found = await pump(world, pc.index, pc.daemon.verify());
  if (!found.ok || found.value.equal)
    return [`PC ${pc.index + 1}: ${table}.${column} was flipped, verification did not see it`];
  const after = isTableName(table) ? readVisible(pc.store.read, table, id) : null;
  const wrong = Object.keys(before).find((name) => !after || !same(after[name], before[name]));
  if (wrong) return [`PC ${pc.index + 1}: ${table}.${column} was flipped and found, ${wrong} was not put right`];
  const again = await pump(world, pc.index, pc.daemon.verify());
  return again.ok && again.value.equal ? [] : [`PC ${pc.index + 1} was mended and still differs`];
}

/** Changes one value of one row behind everybody's back. */
function flip(pc: SimPc, random: Random): { table: string; id: string; column: string; before: Values } {
  const keys = [...pc.view.rows.keys()].filter((each) => tableNames.some((table) => each.startsWith(`${table}/`)));
  const key = random.pick(keys.toSorted());
  const slash = key.indexOf('/');
  const table = key.slice(0, slash);
  const id = key.slice(slash + 1);
  if (!isTableName(table)) throw new Error(key);
  const columns = Object.entries(tableOf(table).columns).filter(([, { type }]) => type !== 'bool');
  const [column, { type }] = random.pick(columns);
  const text = type === 'text' || type === 'id' || type === 'json';
  const before = pc.view.rows.get(key) as Values;
  pc.store.apply(null, (db) =>
    db.run(
      `UPDATE "${table}" SET "${column}" = ${text ? `coalesce("${column}", '') || 'x'` : `coalesce("${column}", 0) + 1`} WHERE id = ?`,
      id,
    ),
  );
  return { table, id, column, before };
}
