import { Button } from '@mantine/core';
import { IconCheck, IconKeyboard, IconPencil } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import type { ConflictItem } from '#shared/contract/schemas.ts';
import { useDo } from '../../app/queries.ts';
import { tableLabel } from '../../i18n/labels.ts';
import { t } from '../../i18n/translate.ts';
import { Badge } from '../../ui/badge.tsx';
import { Card, Keys } from '../../ui/page.tsx';
import { tellThrown, tellWithUndo } from '../../ui/toasts.tsx';
import { IconForTable } from '../../ui/table-icon.tsx';
import { ConflictFields } from './conflict-fields.tsx';
import css from './conflicts.module.css';
import type { Decisions } from './decisions.ts';
import { canWrite, keepPicks, leftSide, otherSide, ownText, pickAll, resolution, type Picks } from './draft.ts';
import { focusChoice, isInFields } from './focus.ts';
import { KeySheet } from './key-sheet.tsx';
import { ResultPreview } from './result-preview.tsx';
import { allText } from './sides.ts';
import { useConflictKeys } from './use-conflict-keys.ts';

type ConflictPanelProps = {
  item: ConflictItem;
  at: number;
  total: number;
  onMove: (step: number) => void;
  decisions: Decisions;
  /** Whether the focus belongs here now that this conflict is shown; asked once. */
  takesFocus: () => boolean;
};

/** Both sides beside each other, a choice for each field, and the record as it will be. */
export function ConflictPanel({ item, at, total, onMove, decisions, takesFocus }: ConflictPanelProps) {
  const draft = useDraft(item);
  const [field, setField] = useState(0);
  const [sheet, setSheet] = useState(false);
  const panel = useRef<HTMLDivElement>(null);
  const { resolve, pending } = useResolve(item, draft.picks, decisions);
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
    keep: () => resolve(),
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
        <header className={css['head']}>
          <h2 className={css['title']}>{item.title}</h2>
          <Badge tone="blue" icon={<IconForTable table={item.table} size={14} />}>
            {tableLabel(item.table)}
          </Badge>
          <span className={`${css['position']} dim num`}>{t('conflicts.position', { at: at + 1, total })}</span>
          <Button
            variant="subtle"
            size="compact-sm"
            color="gray"
            leftSection={<IconKeyboard size={16} />}
            onClick={() => setSheet(true)}
          >
            {t('conflicts.keys')} <Keys>?</Keys>
          </Button>
        </header>
        {draft.moved ? (
          <p className={css['moved']} role="alert">
            {t('conflicts.moved')}
          </p>
        ) : null}
        {item.record === null ? <p className={css['moved']}>{t('conflicts.deleted')}</p> : null}
        <ConflictFields item={item} picks={draft.picks} current={field} onCurrent={setField} onPicks={draft.setPicks} />
        <ResultPreview item={item} picks={draft.picks} />
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
          <span className={css['spacer']} />
          <Button
            variant="filled"
            leftSection={<IconCheck size={16} />}
            disabled={ready === null}
            loading={pending}
            onClick={() => resolve()}
            data-testid="conflict-resolve"
          >
            {t('conflicts.keep')} <Keys>Enter</Keys>
          </Button>
        </div>
        <p className={css['note']}>{t('conflicts.note')}</p>
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

function useResolve(item: ConflictItem, picks: Picks, { last, remember, undo }: Decisions) {
  const decide = useDo('conflicts.resolve');
  // Decided already, and the list has not heard of it yet: a second Enter must not decide the same again.
  const pending = decide.isPending || (decide.isSuccess && last?.id === item.id);
  const resolve = (): void => {
    const input = resolution(item, picks);
    if (input === null || pending) return;
    const decided = { id: item.id, title: item.title };
    void decide
      .mutateAsync(input)
      .then(() => {
        remember(decided);
        const text = t('conflicts.done', { title: decided.title });
        tellWithUndo(`conflict-${decided.id}`, text, () => undo(decided), 'conflict-undo');
      })
      .catch((error: unknown) => tellThrown(error));
  };
  return { resolve, pending };
}
