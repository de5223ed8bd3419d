import { Button } from '@mantine/core';
import { IconArrowBackUp, IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import type { CommandOutput } from '#shared/contract/commands.ts';
import type { QueueItem } from '#shared/contract/schemas.ts';
import { useCommand, useDo } from '../../app/queries.ts';
import { useNow } from '../../app/use-now.ts';
import { columnLabel, tableLabel } from '../../i18n/labels.ts';
import { t } from '../../i18n/translate.ts';
import { Blank } from '../../ui/blank.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Failure } from '../../ui/failure.tsx';
import { SidePanel } from '../../ui/side-panel.tsx';
import { Time } from '../../ui/time.tsx';
import { tell, tellFailure, tellThrown, tellWithUndo } from '../../ui/toasts.tsx';
import { valueText } from '../../ui/value-text.ts';
import { QueueBadge } from './queue-badge.tsx';
import css from './queue.module.css';

type Operation = CommandOutput<'queue.get'>['operations'][number];

/** One change in the queue: why it waits, every record in it before and after, and what can be done. */
export function QueueDetails({ txn, onClose }: { txn: number; onClose: () => void }) {
  const details = useCommand('queue.get', { txn });
  const status = useCommand('status.get', {});
  const now = useNow();
  const item = details.data?.item;
  const failure = details.error?.failure;
  return (
    <SidePanel title={item?.title ?? t('queue.details')} onClose={onClose}>
      {failure === undefined ? null : failure.code === 'not-found' ? (
        <p data-testid="queue-gone">{t('queue.gone')}</p>
      ) : (
        <Failure failure={failure} onAgain={() => void details.refetch()} />
      )}
      {details.isPending ? <Blank width="100%" height={120} /> : null}
      {item === undefined || details.data === undefined || failure !== undefined ? null : (
        <>
          <div className={css['meta']}>
            <QueueBadge item={{ state: item.state, reason: null }} status={status.data} />
            <span className="dim">
              {item.actor} · <Time at={item.at} now={now} long /> · {t('queue.reference', { txn: String(txn) })}
            </span>
          </div>
          {item.reason === null ? null : (
            <div className={css['reason']}>
              <strong>{t('queue.why')}</strong>
              <p>{item.reason}</p>
            </div>
          )}
          <Actions item={item} />
          <h3 className={css['subtitle']}>{t('queue.operations', { n: details.data.operations.length })}</h3>
          {details.data.operations.map((operation) => (
            <OperationFields key={operation.seq} operation={operation} now={now} />
          ))}
        </>
      )}
    </SidePanel>
  );
}

function Actions({ item }: { item: QueueItem }) {
  const [asking, setAsking] = useState(false);
  const retry = useDo('queue.retry');
  const discard = useDo('queue.discard');
  const restore = useRestore(item);
  const { txn, title } = item;
  if (item.state === 'discarded') {
    return (
      <Button leftSection={<IconArrowBackUp size={16} />} onClick={restore} data-testid="queue-restore">
        {t('queue.restore')}
      </Button>
    );
  }
  if (item.state === 'saved' || item.state === 'sending') return null;
  const takeBack = (): void => {
    setAsking(false);
    discard.mutate(
      { txn },
      {
        onSuccess: () => tellWithUndo(`queue-${txn}`, t('queue.discarded', { title }), restore, 'queue-undo'),
        onError: (error) => tellFailure(error.failure),
      },
    );
  };
  return (
    <div className={css['actions']}>
      <Button
        variant="filled"
        leftSection={<IconRefresh size={16} />}
        loading={retry.isPending}
        onClick={() =>
          retry.mutate(
            { txn },
            {
              onSuccess: () => tell(`queue-${txn}`, t('queue.retried')),
              onError: (error) => tellFailure(error.failure),
            },
          )
        }
        data-testid="queue-retry"
      >
        {t('queue.retry')}
      </Button>
      <Button color="red" loading={discard.isPending} onClick={() => setAsking(true)} data-testid="queue-discard">
        {t('queue.discard')}
      </Button>
      <Confirm
        open={asking}
        title={t('queue.discard.title', { title })}
        text={t('queue.discard.text')}
        yes={t('queue.discard.yes')}
        onYes={takeBack}
        onNo={() => setAsking(false)}
      />
    </div>
  );
}

function useRestore(item: QueueItem): () => void {
  const restore = useDo('queue.restore');
  const { txn, title } = item;
  // The toast may outlive this panel, so the outcome is told by the call itself, not by the component.
  return () =>
    void restore
      .mutateAsync({ txn })
      .then(() => tell(`queue-${txn}`, t('queue.restored', { title })))
      .catch((error: unknown) => tellThrown(error));
}

function OperationFields({ operation, now }: { operation: Operation; now: number }) {
  const { table, op, title, fields } = operation;
  // A new record has nothing before, a deleted one nothing after: those columns would only be empty.
  return (
    <section className={css['operation']}>
      <h4 className={css['record']}>
        {title}{' '}
        <span className="dim">{op === 'D' ? t('queue.deleted', { kind: tableLabel(table) }) : tableLabel(table)}</span>
      </h4>
      <table className={css['fields']}>
        <thead>
          <tr>
            <th scope="col">{t('col.field')}</th>
            {op === 'I' ? null : <th scope="col">{t('col.before')}</th>}
            {op === 'D' ? null : <th scope="col">{op === 'I' ? t('col.value') : t('col.after')}</th>}
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field.column}>
              <th scope="row">{columnLabel(field.column)}</th>
              {op === 'I' ? null : <td className="dim">{valueText(table, field.column, field.before, now)}</td>}
              {op === 'D' ? null : <td>{valueText(table, field.column, field.after, now)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
