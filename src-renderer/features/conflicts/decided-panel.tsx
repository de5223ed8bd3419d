import { Button } from '@mantine/core';
import { IconArrowBackUp } from '@tabler/icons-react';
import type { ConflictItem } from '#shared/contract/schemas.ts';
import { useNow } from '../../app/use-now.ts';
import { columnLabel, tableLabel } from '../../i18n/labels.ts';
import { t } from '../../i18n/translate.ts';
import { Badge } from '../../ui/badge.tsx';
import { formatTime } from '../../ui/format.ts';
import { Card, Keys } from '../../ui/page.tsx';
import { IconForTable } from '../../ui/table-icon.tsx';
import { valueText } from '../../ui/value-text.ts';
import css from './conflicts.module.css';
import type { Decisions } from './decisions.ts';
import { leftSide, otherSide, recordWish } from './draft.ts';
import { HistoryList } from './history-list.tsx';
import { sideText, sideTone } from './sides.ts';

type Field = ConflictItem['fields'][number];

/** A choice made before: what stood against what, what was decided by whom, and the way back. */
export function DecidedPanel({ item, decisions }: { item: ConflictItem; decisions: Decisions }) {
  const now = useNow(60_000);
  const left = leftSide(item);
  const sides = [left, otherSide(left)] as const;
  const { resolution } = item;
  return (
    <Card className={css['panel']}>
      <div className={css['inside']}>
        <header className={css['head']}>
          <h2 className={css['title']}>{item.title}</h2>
          <Badge tone="blue" icon={<IconForTable table={item.table} size={14} />}>
            {tableLabel(item.table)}
          </Badge>
        </header>
        {resolution === null ? null : (
          <p className="dim">
            {t('conflicts.decided.by', {
              by: resolution.by,
              device: resolution.deviceName,
              at: resolution.at === null ? t('conflicts.time.unknown') : formatTime(resolution.at, now),
            })}
          </p>
        )}
        {resolution === null || resolution.record === null ? null : (
          <p data-testid="conflict-outcome">{t(`conflicts.outcome.${resolution.record}`)}</p>
        )}
        <table className={css['fields']} data-decided>
          <thead>
            <tr>
              <th scope="col">
                <span className="hidden-visually">{t('col.field')}</span>
              </th>
              {sides.map((side) => (
                <th key={side} scope="col" data-tone={sideTone(item[side])}>
                  {sideText(item[side], now)}
                </th>
              ))}
              <th scope="col">{t('col.decided')}</th>
            </tr>
          </thead>
          <tbody>
            {item.fields.map((field) => (
              <tr key={field.column}>
                <th scope="row">{columnLabel(field.column)}</th>
                {sides.map((side) => (
                  <td key={side}>{sideValue(item, field, side, now)}</td>
                ))}
                <td>
                  <strong>{decidedValue(item, field, now)}</strong>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <div className={css['actions']}>
          <Button
            leftSection={<IconArrowBackUp size={16} />}
            loading={decisions.undoing}
            onClick={() => decisions.undo({ ids: [item.id], title: item.title })}
            data-testid="conflict-undo-decided"
          >
            {t('app.undo')} <Keys>U</Keys>
          </Button>
        </div>
        <HistoryList item={item} />
      </div>
    </Card>
  );
}

/** What a side said: a value, or that the record is to go. */
function sideValue(item: ConflictItem, field: Field, side: 'incoming' | 'kept', now: number): string {
  const deleted = item.kind !== 'fields' && recordWish(item, side) === 'delete';
  return deleted ? t('conflicts.record.word.deleted') : valueText(item.table, field.column, field[side], now);
}

function decidedValue(item: ConflictItem, field: Field, now: number): string {
  const { resolution } = item;
  if (resolution?.record === 'deleted') return t('conflicts.record.word.deleted');
  // Who kept the record kept the change that stood against the deletion.
  const kept = item.kind === 'fields' ? null : item.kind === 'update' ? field.incoming : field.kept;
  return valueText(item.table, field.column, resolution?.values[field.column] ?? kept, now);
}
