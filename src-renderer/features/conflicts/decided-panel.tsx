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
import { leftSide, otherSide } from './draft.ts';
import { sideText, sideTone } from './sides.ts';

/** A choice made before: what stood against what, what was decided by whom, and the way back. */
export function DecidedPanel({ item, decisions }: { item: ConflictItem; decisions: Decisions }) {
  const now = useNow(60_000);
  const left = leftSide(item);
  const sides = [left, otherSide(left)] as const;
  const { resolution } = item;
  return (
    <Card className={css['panel']}>
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
                <td key={side}>{valueText(item.table, field.column, field[side], now)}</td>
              ))}
              <td>
                <strong>{valueText(item.table, field.column, resolution?.values[field.column], now)}</strong>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className={css['actions']}>
        <Button
          leftSection={<IconArrowBackUp size={16} />}
          loading={decisions.undoing}
          onClick={() => decisions.undo(item)}
          data-testid="conflict-undo-decided"
        >
          {t('app.undo')} <Keys>U</Keys>
        </Button>
      </div>
    </Card>
  );
}
