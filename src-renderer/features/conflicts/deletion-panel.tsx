import { Button } from '@mantine/core';
import { IconArrowBackUp, IconCheck, IconCloud, IconDeviceDesktop, IconTrash } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import type { ConflictItem } from '#shared/contract/schemas.ts';
import { useNow } from '../../app/use-now.ts';
import { columnLabel } from '../../i18n/labels.ts';
import { t } from '../../i18n/translate.ts';
import { Card, Keys } from '../../ui/page.tsx';
import { valueText } from '../../ui/value-text.ts';
import type { OpenPanelProps } from './conflict-panel.tsx';
import css from './conflicts.module.css';
import { leftSide, otherSide, recordResolution, recordWish, type RecordPick } from './draft.ts';
import { HistoryList } from './history-list.tsx';
import { KeySheet } from './key-sheet.tsx';
import { PanelHead } from './panel-head.tsx';
import { sideText, sideTone } from './sides.ts';
import { SimilarBar, useSimilar } from './similar-bar.tsx';
import { useConflictKeys } from './use-conflict-keys.ts';
import { useResolve } from './use-resolve.ts';

/** One side deleted the record while the other changed it: it is there afterwards, or it is not. */
export function DeletionPanel({ item, at, total, onMove, decisions, takesFocus }: OpenPanelProps) {
  const [pick, setPick] = useState<RecordPick | null>(null);
  const [sheet, setSheet] = useState(false);
  const panel = useRef<HTMLDivElement>(null);
  const others = useSimilar(item);
  const { resolve, resolveAll, pending } = useResolve(item, decisions);
  const left = leftSide(item);
  const sides = [left, otherSide(left)] as const;
  const take = pick === null ? null : (sides.find((side) => recordWish(item, side) === pick) ?? null);
  const choose = (side: 'incoming' | 'kept'): void => {
    setPick(recordWish(item, side));
    panel.current?.querySelector<HTMLInputElement>(`input[value=${side}]`)?.focus({ preventScroll: true });
  };
  const all = (): void => {
    if (take !== null && others.length > 0) resolveAll(others, take);
  };
  const opened = useRef(takesFocus);
  useEffect(() => {
    if (opened.current())
      panel.current?.querySelector<HTMLInputElement>('input[type=radio]')?.focus({ preventScroll: true });
  }, []);
  useConflictKeys(panel, {
    move: () => undefined,
    pickLeft: () => choose(left),
    pickRight: () => choose(sides[1]),
    allLeft: () => choose(left),
    allRight: () => choose(sides[1]),
    edit: () => undefined,
    keep: () => resolve(pick === null ? null : recordResolution(item, pick)),
    all,
    clear: () => (sheet ? setSheet(false) : setPick(null)),
    next: onMove,
    help: () => setSheet((open) => !open),
  });
  return (
    <Card className={css['panel']}>
      <div ref={panel} className={css['inside']}>
        <PanelHead item={item} at={at} total={total} onKeys={() => setSheet(true)} />
        <p>{t(item.record === null ? 'conflicts.record.gone' : 'conflicts.record.there')}</p>
        <div className={css['wishes']} role="radiogroup" aria-label={t('conflicts.record.question')}>
          {sides.map((side, index) => (
            <Wish
              key={side}
              item={item}
              side={side}
              hint={String(index + 1)}
              picked={pick === recordWish(item, side)}
              onPick={() => choose(side)}
            />
          ))}
        </div>
        <RecordLine item={item} pick={pick} />
        <SimilarBar item={item} others={others} take={take} pending={pending} onAll={all} />
        <div className={css['actions']}>
          <span className={css['note']}>{t('conflicts.note')}</span>
          <Button
            variant="filled"
            leftSection={<IconCheck size={16} />}
            disabled={pick === null}
            loading={pending}
            onClick={() => resolve(pick === null ? null : recordResolution(item, pick))}
            data-testid="conflict-resolve"
          >
            {t('conflicts.keep')} <Keys>Enter</Keys>
          </Button>
        </div>
        {item.history.length > 1 ? <HistoryList item={item} /> : null}
        <KeySheet open={sheet} onClose={() => setSheet(false)} />
      </div>
    </Card>
  );
}

type WishProps = { item: ConflictItem; side: 'incoming' | 'kept'; hint: string; picked: boolean; onPick: () => void };

/** What a wish means for the record as it stands. */
function verbOf(wish: RecordPick, there: boolean): 'keep' | 'delete' | 'restore' | 'leave' {
  if (wish === 'keep') return there ? 'keep' : 'restore';
  return there ? 'delete' : 'leave';
}

const icons = {
  keep: <IconCheck size={16} aria-hidden />,
  restore: <IconArrowBackUp size={16} aria-hidden />,
  delete: <IconTrash size={16} aria-hidden />,
  leave: <IconTrash size={16} aria-hidden />,
};

/** What one side did, and what choosing it means. */
function Wish({ item, side, hint, picked, onPick }: WishProps) {
  const now = useNow(60_000);
  const wish = recordWish(item, side);
  const about = item[side];
  const verb = verbOf(wish, item.record !== null);
  return (
    <label className={css['wish']} data-picked={picked || undefined} data-testid={`conflict-record-${wish}`}>
      <input type="radio" name="conflict-record" value={side} checked={picked} onChange={onPick} />
      <span className={css['wish-head']} data-tone={sideTone(about)}>
        {about.isThisDevice ? <IconDeviceDesktop size={15} aria-hidden /> : <IconCloud size={15} aria-hidden />}
        {sideText(about, now)}
      </span>
      <span className={css['wish-did']}>
        {t(wish === 'delete' ? 'conflicts.record.did.delete' : 'conflicts.record.did.change')}
      </span>
      {wish === 'delete' ? null : (
        <dl className={css['wish-fields']}>
          {item.fields.map((field) => (
            <div key={field.column}>
              <dt>{columnLabel(field.column)}</dt>
              <dd>
                <span className="dim">{valueText(item.table, field.column, field.base, now)}</span> →{' '}
                <strong>{valueText(item.table, field.column, field[side], now)}</strong>
              </dd>
            </div>
          ))}
        </dl>
      )}
      <span className={css['wish-choice']}>
        <span className={css['dot']} aria-hidden />
        {icons[verb]}
        {t(`conflicts.record.${verb}`)} <Keys>{hint}</Keys>
      </span>
    </label>
  );
}

/** The record as it will be. */
function RecordLine({ item, pick }: { item: ConflictItem; pick: RecordPick | null }) {
  const now = useNow(60_000);
  const base = item.record ?? item.image ?? {};
  const changes =
    pick === 'keep' && item.kind === 'update'
      ? Object.fromEntries(item.fields.map(({ column, incoming }) => [column, incoming]))
      : {};
  const shown = Object.entries({ ...changes, ...base, ...changes })
    .filter(([column, value]) => value !== null && column !== 'id' && !column.endsWith('_id'))
    .slice(0, 8);
  return (
    <section
      className={css['result']}
      aria-label={t('conflicts.result')}
      aria-live="polite"
      data-testid="conflict-result"
    >
      <div className={css['result-head']}>
        <h3 className={css['result-title']}>{t('conflicts.result')}</h3>
      </div>
      {pick === null ? (
        <p className={css['result-open']}>{t('conflicts.result.choose')}</p>
      ) : pick === 'delete' ? (
        <p>{t('conflicts.record.result.deleted')}</p>
      ) : (
        <dl className={css['result-fields']}>
          {shown.map(([column, value]) => (
            <div key={column} data-state={column in changes ? 'chosen' : 'same'}>
              <dt>{columnLabel(column)}</dt>
              <dd>{valueText(item.table, column, value, now)}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
