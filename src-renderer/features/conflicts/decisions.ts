import { useState } from 'react';
import type { CommandOutput } from '#shared/contract/commands.ts';
import { useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { tell, tellFailure, tellThrown } from '../../ui/toasts.tsx';

/** Conflicts that were decided together on this screen: one, or one and others like it. */
export type Decided = { readonly ids: readonly string[]; readonly title: string };

/** The decision made last on this screen, and the way back from any. It outlives the panel in which it was made. */
export type Decisions = {
  readonly last: Decided | null;
  readonly remember: (decided: Decided) => void;
  /** Opens conflicts again and says so; while one is on its way, another call does nothing. */
  readonly undo: (decided: Decided) => void;
  readonly undoing: boolean;
};

export function useDecisions(): Decisions {
  const [last, setLast] = useState<Decided | null>(null);
  const undoOne = useDo('conflicts.undo');
  const undoMany = useDo('conflicts.undoMany');
  const undoing = undoOne.isPending || undoMany.isPending;
  const undo = async ({ ids, title }: Decided): Promise<void> => {
    const [id] = ids;
    if (id === undefined) return;
    if (ids.length === 1) await undoOne.mutateAsync({ id });
    const left = ids.length === 1 ? 0 : failed(await undoMany.mutateAsync({ ids: [...ids] }));
    setLast((now) => (now?.ids[0] === id ? null : now));
    const name = `conflict-${id}`;
    if (ids.length === 1) tell(name, t('conflicts.undone', { title }));
    else
      tell(name, left === 0 ? t('conflicts.undone.many', { n: ids.length }) : t('conflicts.undone.some', { n: left }));
  };
  return {
    last,
    remember: setLast,
    // The toast that offers this may outlive the screen, so the outcome is told by the call itself.
    undo: (decided) => void (undoing || undo(decided).catch((error: unknown) => tellThrown(error))),
    undoing,
  };
}

/** How many of a bulk failed. The first reason is told: the others are mostly the same. */
export function failed({ results }: CommandOutput<'conflicts.resolveMany'>): number {
  const errors = results.flatMap(({ error }) => error ?? []);
  const [first] = errors;
  if (first !== undefined && errors.length === results.length) tellFailure(first);
  return errors.length;
}
