import { useState } from 'react';
import { Link } from 'wouter';
import type { CommandOutput } from '#shared/contract/commands.ts';
import type { QueueItem } from '#shared/contract/schemas.ts';
import { useCommand } from '../../app/queries.ts';
import { useNow } from '../../app/use-now.ts';
import { columnLabel, tableLabel } from '../../i18n/labels.ts';
import { t } from '../../i18n/translate.ts';
import { Blank } from '../../ui/blank.tsx';
import { Failure } from '../../ui/failure.tsx';
import { SidePanel } from '../../ui/side-panel.tsx';
import { Time } from '../../ui/time.tsx';
import { valueText } from '../../ui/value-text.ts';
import { EditForm } from './edit-form.tsx';
import { QueueActions } from './queue-actions.tsx';
import { QueueBadge } from './queue-badge.tsx';
import css from './queue.module.css';

type Operation = CommandOutput<'queue.get'>['operations'][number];

/** One change in the queue: why it waits, every record in it before and after, and what can be done. */
export function QueueDetails({ txn, onClose }: { txn: number; onClose: () => void }) {
  const details = useCommand('queue.get', { txn });
  const status = useCommand('status.get', {});
  const now = useNow();
  const [editing, setEditing] = useState(false);
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
            <div className={css['reason']} data-state={item.state}>
              <strong>{t(whyKey(item.state))}</strong>
              <p>{item.reason}</p>
            </div>
          )}
          <Links title={t('queue.waits')} links={details.data.waitsFor} />
          <Links title={t('queue.holds')} links={details.data.holds} />
          {editing ? (
            <EditForm txn={txn} operations={details.data.operations} onDone={() => setEditing(false)} />
          ) : (
            <QueueActions item={item} edited={details.data.edited} onEdit={() => setEditing(true)} />
          )}
          <h3 className={css['subtitle']}>{t('queue.operations', { n: details.data.operations.length })}</h3>
          {details.data.operations.map((operation) => (
            <OperationFields key={operation.seq} operation={operation} now={now} />
          ))}
        </>
      )}
    </SidePanel>
  );
}

function whyKey(state: QueueItem['state']): 'queue.why' | 'queue.why.settled' | 'queue.why.waits' {
  if (state === 'settled') return 'queue.why.settled';
  return state === 'refused' ? 'queue.why' : 'queue.why.waits';
}

/** Other changes to the same records, each a way to it. */
function Links({ title, links }: { title: string; links: CommandOutput<'queue.get'>['waitsFor'] }) {
  if (links.length === 0) return null;
  return (
    <div data-testid="queue-links">
      <h3 className={css['subtitle']}>{title}</h3>
      <ul className={css['links']}>
        {links.map((link) => (
          <li key={link.txn}>
            <Link href={`/queue/${link.txn}`}>{link.title}</Link>
          </li>
        ))}
      </ul>
    </div>
  );
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
              {op === 'D' ? null : (
                <td>
                  {valueText(table, field.column, field.after, now)}
                  {'original' in field ? (
                    <span className={css['original']}>
                      {t('queue.original', { value: valueText(table, field.column, field.original, now) })}
                    </span>
                  ) : null}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
