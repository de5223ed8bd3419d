import type { CommandInput } from '#shared/contract/commands.ts';
import type { ConflictItem } from '#shared/contract/schemas.ts';
import { useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { tellThrown, tellWithUndo } from '../../ui/toasts.tsx';
import { failed, type Decided, type Decisions } from './decisions.ts';

/** Decides the conflict at hand, alone or with others like it, and offers the way back. */
export function useResolve(item: ConflictItem, { last, remember, undo }: Decisions) {
  const one = useDo('conflicts.resolve');
  const many = useDo('conflicts.resolveMany');
  // Decided already, and the list has not heard of it yet: a second Enter must not decide the same again.
  const decided = (one.isSuccess || many.isSuccess) && (last?.ids.includes(item.id) ?? false);
  const pending = one.isPending || many.isPending || decided;
  const offerUndo = (done: Decided, text: string): void => {
    remember(done);
    tellWithUndo(`conflict-${done.ids[0]}`, text, () => undo(done), 'conflict-undo');
  };
  const resolve = (input: CommandInput<'conflicts.resolve'> | null): void => {
    if (input === null || pending) return;
    const done = { ids: [item.id], title: item.title };
    void told(async () => {
      await one.mutateAsync(input);
      offerUndo(done, t('conflicts.done', { title: done.title }));
    });
  };
  const resolveAll = (others: readonly string[], take: 'incoming' | 'kept'): void => {
    if (pending) return;
    const { title } = item;
    void told(async () => {
      const answer = await many.mutateAsync({ ids: [item.id, ...others].slice(0, 500), take });
      const left = failed(answer);
      const ids = answer.results.filter(({ error }) => error === null).map(({ id }) => id);
      if (ids.length === 0) return;
      const text = t('conflicts.done.many', { n: ids.length });
      offerUndo({ ids, title }, left === 0 ? text : `${text} ${t('conflicts.done.left', { n: left })}`);
    });
  };
  return { resolve, resolveAll, pending };
}

/** Does something and tells what went wrong with it: who asked for it may be gone by then. */
async function told(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    tellThrown(error);
  }
}
