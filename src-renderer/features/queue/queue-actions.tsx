import { Button } from '@mantine/core';
import { IconArrowBackUp, IconCloudDownload, IconPencil, IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import type { QueueItem } from '#shared/contract/schemas.ts';
import { useDo } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { tell, tellThrown, tellWithUndo } from '../../ui/toasts.tsx';
import css from './queue.module.css';

type QueueActionsProps = { item: QueueItem; edited: boolean; onEdit: () => void };

/** What can be done about a stuck change, the most helpful first; the way back from what was done. */
export function QueueActions({ item, edited, onEdit }: QueueActionsProps) {
  const [asking, setAsking] = useState(false);
  const retry = useDo('queue.retry');
  const discard = useDo('queue.discard');
  const restore = useDo('queue.restore');
  const undoEdit = useDo('queue.undoEdit');
  const { txn, title } = item;
  // A toast may outlive this panel, so each outcome is told by the call itself, not by the component.
  const run = async (call: Promise<unknown>, done: () => void): Promise<void> => {
    try {
      await call;
      done();
    } catch (error) {
      tellThrown(error);
    }
  };
  const putBack = (): void =>
    void run(restore.mutateAsync({ txn }), () => tell(`queue-${txn}`, t('queue.restored', { title })));
  const takeBack = (): void => {
    setAsking(false);
    void run(discard.mutateAsync({ txn }), () =>
      tellWithUndo(`queue-${txn}`, t('queue.discarded', { title }), putBack, 'queue-undo'),
    );
  };
  if (item.state === 'discarded') {
    return (
      <Button
        leftSection={<IconArrowBackUp size={16} />}
        loading={restore.isPending}
        onClick={putBack}
        data-testid="queue-restore"
      >
        {t('queue.restore')}
      </Button>
    );
  }
  const buttons = {
    edit: { icon: <IconPencil size={16} />, onClick: onEdit, loading: false },
    retry: {
      icon: <IconRefresh size={16} />,
      onClick: () => void run(retry.mutateAsync({ txn }), () => tell(`queue-${txn}`, t('queue.retried'))),
      loading: retry.isPending,
    },
    discard: {
      icon: <IconCloudDownload size={16} />,
      onClick: () => setAsking(true),
      loading: discard.isPending,
    },
  } as const;
  return (
    <>
      {edited && item.state !== 'settled' ? (
        <div className={css['edited']} role="status">
          <span>{t('queue.edited')}</span>
          <Button
            size="compact-sm"
            loading={undoEdit.isPending}
            onClick={() => void run(undoEdit.mutateAsync({ txn }), () => tell(`queue-${txn}`, t('queue.edit.undone')))}
            data-testid="queue-undo-edit"
          >
            {t('app.undo')}
          </Button>
        </div>
      ) : null}
      <div className={css['actions']}>
        {item.actions.map((action, index) => (
          <Button
            key={action}
            variant={index === 0 ? 'filled' : 'default'}
            {...(action === 'discard' && index > 0 ? { color: 'red' } : {})}
            leftSection={buttons[action].icon}
            loading={buttons[action].loading}
            onClick={buttons[action].onClick}
            data-testid={`queue-${action}`}
          >
            {t(`queue.${action}`)}
          </Button>
        ))}
      </div>
      <Confirm
        open={asking}
        title={t('queue.discard.title', { title })}
        text={t('queue.discard.text')}
        yes={t('queue.discard.yes')}
        onYes={takeBack}
        onNo={() => setAsking(false)}
      />
    </>
  );
}
