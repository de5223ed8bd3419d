import { isTableName, tableNames, tableOf } from '#shared/register.ts';
import type { SimPc } from '../pc/sim-pc.ts';
import { pump } from '../core/pump.ts';
import { randomFrom, type Random } from '../core/random.ts';
import type { Invariant } from './types.ts';

/** The verification says "equal" of an equal replica, and of no other. */
export const honestVerification: Invariant = {
  name: 'honest verification',
  numbers: [14],
  promise: 'verification finds equal replicas equal, and any flipped value of any row',
  when: 'quiet',
  async check({ world }) {
    const problems: string[] = [];
    const random = randomFrom(world.seed + 77);
    for (const pc of world.pcs) {
      if (pc.revoked) continue;
      const clean = await pump(world, pc.index, pc.daemon.verify());
      if (!clean.ok || !clean.value.equal)
        problems.push(`PC ${pc.index + 1} is equal, verification says ${JSON.stringify(clean).slice(0, 300)}`);
    }
    const victims = world.pcs.filter((pc) => !pc.revoked && pc.view.rows.size > 0);
    if (victims.length === 0 || problems.length > 0) return problems;
    const pc = random.pick(victims);
    const damage = flip(pc, random);
    const found = await pump(world, pc.index, pc.daemon.verify());
    if (!found.ok || found.value.equal)
      problems.push(`PC ${pc.index + 1}: ${damage} was flipped, verification did not see it`);
    return problems;
  },
};

/** Changes one value of one row behind everybody's back. */
function flip(pc: SimPc, random: Random): string {
  const key = random.pick(
    [...pc.view.rows.keys()].filter((each) => tableNames.some((table) => each.startsWith(`${table}/`))).toSorted(),
  );
  const slash = key.indexOf('/');
  const table = key.slice(0, slash);
  const id = key.slice(slash + 1);
  if (!isTableName(table)) throw new Error(key);
  const columns = Object.entries(tableOf(table).columns).filter(([, { type }]) => type !== 'bool');
  const [column, { type }] = random.pick(columns);
  const text = type === 'text' || type === 'id' || type === 'json';
  pc.store.apply(null, (db) =>
    db.run(
      `UPDATE "${table}" SET "${column}" = ${text ? `coalesce("${column}", '') || 'x'` : `coalesce("${column}", 0) + 1`} WHERE id = ?`,
      id,
    ),
  );
  return `${table}.${column}`;
}
