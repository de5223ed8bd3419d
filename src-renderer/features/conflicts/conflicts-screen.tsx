import { Button, SegmentedControl } from '@mantine/core';
import { IconArrowBackUp, IconGitMerge } from '@tabler/icons-react';
import { useEffect, useRef, useState, type RefObject } from 'react';
import { useLocation } from 'wouter';
import type { ConflictItem } from '#shared/contract/schemas.ts';
import { usePages } from '../../app/queries.ts';
import { useNow } from '../../app/use-now.ts';
import { t } from '../../i18n/translate.ts';
import { Blank } from '../../ui/blank.tsx';
import { MoreRows } from '../../ui/data-table.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Card, Empty, Keys, Page } from '../../ui/page.tsx';
import { ConflictPanel, type OpenPanelProps } from './conflict-panel.tsx';
import css from './conflicts.module.css';
import { DecidedPanel } from './decided-panel.tsx';
import { DeletionPanel } from './deletion-panel.tsx';
import { useDecisions, type Decisions } from './decisions.ts';
import { rowText } from './sides.ts';
import { useUndoKey } from './use-conflict-keys.ts';

type Status = 'open' | 'resolved';

/** Records that were changed in two places: a person says what is true. */
export function ConflictsScreen({ id }: { id: string | null }) {
  const [status, setStatus] = useState<Status>('open');
  const [, go] = useLocation();
  const decisions = useDecisions();
  const pages = usePages('conflicts.list', { status, limit: 50 });
  const at = Math.max(
    0,
    pages.items.findIndex((item) => item.id === id),
  );
  const current = pages.items[at];
  const choose = (index: number): void => {
    const next = pages.items[index];
    if (next !== undefined) go(`/conflicts/${next.id}`, { replace: true });
  };
  const split = useRef<HTMLDivElement>(null);
  const takesFocus = useFocusOnEntry(split, pages.loading);
  useUndoKey(() => {
    // What was decided before is undone where it is shown; otherwise the last decision is.
    const decided = status === 'resolved' && current !== undefined ? current : decisions.last;
    if (decided !== null) decisions.undo('ids' in decided ? decided : { ids: [decided.id], title: decided.title });
  });
  return (
    <Page
      title={t('conflicts.title')}
      lead={lead(status, pages.loading, pages.total)}
      actions={<Switcher value={status} onChange={setStatus} />}
    >
      {pages.failure === null ? null : <Failure failure={pages.failure} onAgain={pages.again} />}
      {!pages.loading && current === undefined ? (
        <Card>
          <Empty icon={<IconGitMerge size={22} />} action={<UndoLast decisions={decisions} />}>
            {t(status === 'open' ? 'conflicts.empty' : 'conflicts.empty.resolved')}
          </Empty>
        </Card>
      ) : (
        <div ref={split} className={css['split']}>
          <Card className={css['list']}>
            {pages.loading ? <Blank width="100%" height={180} /> : null}
            <Rows items={pages.items} current={current?.id ?? null} onChoose={choose} />
            {pages.hasMore ? <MoreRows pages={pages} /> : null}
          </Card>
          {current === undefined ? (
            <Card className={css['panel']}>
              <Blank width="100%" height={320} />
            </Card>
          ) : status === 'open' ? (
            <OpenPanel
              key={current.id}
              item={current}
              at={at}
              total={pages.total}
              onMove={(step) => choose(at + step)}
              decisions={decisions}
              takesFocus={takesFocus}
            />
          ) : (
            <DecidedPanel key={current.id} item={current} decisions={decisions} />
          )}
        </div>
      )}
    </Page>
  );
}

/** A conflict about fields, or one about whether the record is there at all. */
function OpenPanel(props: OpenPanelProps) {
  return props.item.kind === 'fields' ? <ConflictPanel {...props} /> : <DeletionPanel {...props} />;
}

/**
 * The focus goes to the conflict when the screen opens, and from one conflict to the next while somebody works here. It is not
 * taken from a link, a filter or a toast that somebody went to.
 */
function useFocusOnEntry(split: RefObject<HTMLElement | null>, loading: boolean): () => boolean {
  const entering = useRef(true);
  useEffect(() => {
    if (!loading) entering.current = false;
  }, [loading]);
  return () => {
    const active = document.activeElement;
    const free = active === null || active === document.body;
    return entering.current || free || (split.current?.contains(active) ?? false);
  };
}

/** The way back from the last decision, when no conflict is left that could say so. */
function UndoLast({ decisions }: { decisions: Decisions }) {
  const { last, undo, undoing } = decisions;
  if (last === null) return null;
  return (
    <Button
      leftSection={<IconArrowBackUp size={16} />}
      loading={undoing}
      onClick={() => undo(last)}
      data-testid="conflict-undo-last"
    >
      {last.ids.length === 1
        ? t('conflicts.undo.last', { title: last.title })
        : t('conflicts.undo.last.many', { n: last.ids.length })}{' '}
      <Keys>U</Keys>
    </Button>
  );
}

function lead(status: Status, loading: boolean, total: number): string {
  if (loading) return '\u00a0';
  if (status === 'resolved') return t('conflicts.lead.resolved');
  return total === 0 ? t('conflicts.lead.none') : t('conflicts.lead', { n: total });
}

function Switcher({ value, onChange }: { value: Status; onChange: (status: Status) => void }) {
  return (
    <SegmentedControl
      aria-label={t('queue.filter')}
      data={[
        { value: 'open', label: t('conflicts.open') },
        { value: 'resolved', label: t('conflicts.resolved') },
      ]}
      value={value}
      onChange={(next) => onChange(next === 'resolved' ? 'resolved' : 'open')}
      data-testid="conflicts-filter"
    />
  );
}

type RowsProps = { items: ConflictItem[]; current: string | null; onChoose: (index: number) => void };

function Rows({ items, current, onChoose }: RowsProps) {
  const now = useNow(60_000);
  return (
    <ul className={css['rows']} aria-label={t('conflicts.title')}>
      {items.map((item, index) => (
        <li key={item.id}>
          <button
            type="button"
            className={css['row']}
            aria-current={item.id === current ? 'true' : undefined}
            onClick={() => onChoose(index)}
            data-testid="conflict-row"
          >
            <span className={css['row-title']}>{item.title}</span>
            <span className={css['row-text']}>{rowText(item, now)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
