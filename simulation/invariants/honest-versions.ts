import { isTableName } from '#shared/register.ts';
import type { Values } from '#shared/sync/rebase.ts';
import { same, type OutsideInvariant, type SeenPc, type Sight } from './types.ts';

/** What a PC believes the cloud to have is what the cloud had at that version: convergence, checked at every step. */
export const honestVersions: OutsideInvariant = {
  name: 'honest versions',
  numbers: [8],
  promise: 'under its own unconfirmed changes a PC has exactly what the cloud had at the version it knows',
  when: 'step',
  *check({ world, effect }) {
    for (const pc of effect.touched) if (!world.unaware.has(pc)) yield* wrongRows(world, pc);
  },
};

function* wrongRows(world: Sight['world'], pc: SeenPc): Generator<string> {
  const { view } = pc;
  for (const key of new Set([...view.rows.keys(), ...view.versions.keys()])) {
    const slash = key.indexOf('/');
    const table = key.slice(0, slash);
    if (!isTableName(table)) continue;
    const version = view.versions.get(key)?.version ?? 0;
    // while everything is read anew, what was here stays to be seen, and nothing is claimed of it
    if (version === 0 && view.bootstraps.size > 0) continue;
    const cloud = version === 0 ? null : world.mirror.history.get(`${key}/${version}`);
    if (cloud === undefined) {
      yield `PC ${pc.index + 1}: ${key} has version ${version}, which the cloud never had`;
      continue;
    }
    const mine = (view.open.has(key) ? view.underOpen.get(key) : view.rows.get(key)) ?? null;
    const wrong = difference(mine, cloud);
    if (wrong && !isOnItsWay(world, pc, key)) yield `PC ${pc.index + 1}: ${key} at version ${version} ${wrong}`;
  }
}

/*
 * A new PC that has received nothing yet cannot read the cloud's answer to a change that was merged: it goes on showing what was written here, at
 * the old version, and the snapshot brings the rest.
 */
function isOnItsWay({ mirror }: Sight['world'], { view }: SeenPc, key: string): boolean {
  if (view.cursors.has(mirror.rows.get(key)?.scope ?? '')) return false;
  return view.log.some(({ table, rowId, state }) => state === 4 && `${table}/${rowId}` === key);
}

function difference(mine: Values | null, cloud: Values | null): string | null {
  if (!mine || !cloud)
    return !mine === !cloud ? null : mine ? 'is here, the cloud had none' : 'is not here, the cloud had it';
  const wrong = Object.keys(cloud).find((name) => !same(mine[name], cloud[name]));
  return wrong ? `has ${wrong} ${String(mine[wrong])}, the cloud had ${String(cloud[wrong])}` : null;
}
