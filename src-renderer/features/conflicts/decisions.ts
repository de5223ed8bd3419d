import { useState } from 'react';
import { useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { tell, tellThrown } from '../../ui/toasts.tsx';

/** A conflict that was decided on this screen. */
export type Decided = { readonly id: string; readonly title: string };

/** The decision made last on this screen, and the way back from any. It outlives the panel in which it was made. */
export type Decisions = {
  readonly last: Decided | null;
  readonly remember: (decided: Decided) => void;
  /** Opens a conflict again and says so; while one is on its way, another call does nothing. */
  readonly undo: (decided: Decided) => void;
  readonly undoing: boolean;
};

export function useDecisions(): Decisions {
  const [last, setLast] = useState<Decided | null>(null);
  const undo = useDo('conflicts.undo');
  const back = ({ id, title }: Decided): void => {
    if (undo.isPending) return;
    // The toast that offers this may outlive the screen, so the outcome is told by the call itself.
    void undo
      .mutateAsync({ id })
      .then(() => {
        setLast((now) => (now?.id === id ? null : now));
        tell(`conflict-${id}`, t('conflicts.undone', { title }));
      })
      .catch((error: unknown) => tellThrown(error));
  };
  return { last, remember: setLast, undo: back, undoing: undo.isPending };
}
