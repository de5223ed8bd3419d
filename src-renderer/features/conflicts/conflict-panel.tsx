import { Button } from '@mantine/core';
import { IconCheck, IconPencil } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import type { ConflictItem } from '#shared/contract/schemas.ts';
import { t } from '../../i18n/translate.ts';
import { Card, Keys } from '../../ui/page.tsx';
import { ConflictFields } from './conflict-fields.tsx';
import css from './conflicts.module.css';
import type { Decisions } from './decisions.ts';
import { canWrite, ownText } from '../../ui/own-value.ts';
import { keepPicks, leftSide, otherSide, pickAll, resolution, sideOfAll, type Picks } from './draft.ts';
import { focusChoice, isInFields } from './focus.ts';
import { HistoryList } from './history-list.tsx';
import { KeySheet } from './key-sheet.tsx';
import { PanelHead } from './panel-head.tsx';
import { ResultPreview } from './result-preview.tsx';
import { allText } from './sides.ts';
import { SimilarBar, useSimilar } from './similar-bar.tsx';
import { useConflictKeys } from './use-conflict-keys.ts';
import { useResolve } from './use-resolve.ts';

export type OpenPanelProps = {
  item: ConflictItem;
  at: number;
  total: number;
  onMove: (step: number) => void;
  decisions: Decisions;
  /** Whether the focus belongs here now that this conflict is shown; asked once. */
  takesFocus: () => boolean;
};

/** Both sides beside each other, a choice for each field, and the record as it will be. */
export function ConflictPanel({ item, at, total, onMove, decisions, takesFocus }: OpenPanelProps) {
  const draft = useDraft(item);
  const [field, setField] = useState(0);
  const [sheet, setSheet] = useState(false);
  const panel = useRef<HTMLDivElement>(null);
  const others = useSimilar(item);
  const { resolve, resolveAll, pending } = useResolve(item, decisions);
  const take = sideOfAll(item, draft.picks);
  const all = (): void => {
    if (take !== null && others.length > 0) resolveAll(others, take);
  };
  const left = leftSide(item);
  const right = otherSide(left);
  const ready = resolution(item, draft.picks);
  const column = item.fields[field]?.column;
  const edit = (): void => {
    if (column === undefined || !canWrite(item.table, column)) return;
    const start = item.fields[field]?.[left];
    draft.setPicks({ ...draft.picks, [column]: { from: 'own', text: ownText(item.table, column, start) } });
  };
  // A choice draws the focus to itself from wherever it was: Enter then decides.
  const pick = (picks: Picks): void => {
    draft.setPicks(picks);
    if (!isInFields(panel.current)) focusChoice(panel.current);
  };
  const pickHere = (side: 'incoming' | 'kept'): void => {
    if (column !== undefined) pick({ ...draft.picks, [column]: { from: side } });
  };
  const opened = useRef(takesFocus);
  useEffect(() => {
    if (opened.current()) focusChoice(panel.current);
  }, []);
  useConflictKeys(panel, {
    move: (step) => setField((now) => Math.min(item.fields.length - 1, Math.max(0, now + step))),
    pickLeft: () => pickHere(left),
    pickRight: () => pickHere(right),
    allLeft: () => pick(pickAll(item, left)),
    allRight: () => pick(pickAll(item, right)),
    edit,
    keep: () => resolve(ready),
    all,
    clear: () => {
      if (sheet) return setSheet(false);
      draft.setPicks({});
      focusChoice(panel.current);
    },
    next: onMove,
    help: () => setSheet((open) => !open),
  });
  return (
    <Card className={css['panel']}>
      <div ref={panel} className={css['inside']}>
        <PanelHead item={item} at={at} total={total} onKeys={() => setSheet(true)} />
        {draft.moved ? (
          <p className={css['moved']} role="alert">
            {t('conflicts.moved')}
          </p>
        ) : null}
        {item.record === null ? <p className={css['moved']}>{t('conflicts.deleted')}</p> : null}
        <ConflictFields item={item} picks={draft.picks} current={field} onCurrent={setField} onPicks={draft.setPicks} />
        <ResultPreview item={item} picks={draft.picks} />
        <SimilarBar item={item} others={others} take={take} pending={pending} onAll={all} />
        <div className={css['actions']}>
          <Button onClick={() => pick(pickAll(item, left))} data-testid="conflict-all-left">
            {allText(item, left)} <Keys>1</Keys>
          </Button>
          <Button onClick={() => pick(pickAll(item, right))} data-testid="conflict-all-right">
            {allText(item, right)} <Keys>2</Keys>
          </Button>
          <Button leftSection={<IconPencil size={16} />} onClick={edit} data-testid="conflict-edit">
            {t('conflicts.edit')} <Keys>E</Keys>
          </Button>
          <Button
            variant="filled"
            leftSection={<IconCheck size={16} />}
            disabled={ready === null}
            loading={pending}
            onClick={() => resolve(ready)}
            data-testid="conflict-resolve"
          >
            {t('conflicts.keep')} <Keys>Enter</Keys>
          </Button>
        </div>
        <p className={css['note']}>{t('conflicts.note')}</p>
        {item.history.length > 1 ? <HistoryList item={item} /> : null}
        <KeySheet open={sheet} onClose={() => setSheet(false)} />
      </div>
    </Card>
  );
}

/** The choices for a conflict. When the other side moved meanwhile, those that still apply stay. */
function useDraft(item: ConflictItem) {
  const [picks, setPicks] = useState<Picks>({});
  const [shown, setShown] = useState(item);
  const [moved, setMoved] = useState(false);
  if (shown !== item) {
    const differs = JSON.stringify([shown.fields, shown.record]) !== JSON.stringify([item.fields, item.record]);
    setShown(item);
    if (differs) {
      setMoved(true);
      setPicks(keepPicks(shown, item, picks));
    }
  }
  return { picks, setPicks, moved };
}
