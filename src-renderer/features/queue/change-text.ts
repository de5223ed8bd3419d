import type { QueueItem } from '#shared/contract/schemas.ts';
import { columnLabel, columnOf } from '../../i18n/labels.ts';
import { t } from '../../i18n/translate.ts';
import { formatQty } from '../../ui/format.ts';
import { valueText } from '../../ui/value-text.ts';

type Change = QueueItem['changes'][number];

/** One line for what a queued change does: "new", "deleted", "Price: ₱ 8.00 → ₱ 8.50, 1 more", "−2" for stock. */
export function changeText(item: Pick<QueueItem, 'op' | 'table' | 'changes'>, now: number): string {
  if (item.op === 'I') return t('change.new');
  if (item.op === 'D') return t('change.deleted');
  const [first, ...others] = item.changes;
  if (first === undefined) return t('change.none');
  const text = fieldText(item.table, first, now);
  return others.length === 0 ? text : t('change.more', { first: text, n: others.length });
}

function fieldText(table: string, change: Change, now: number): string {
  const { column, before, after } = change;
  // Fields that are added up show the difference: that is what travels.
  if (columnOf(table, column)?.policy === 'add' && typeof before === 'number' && typeof after === 'number') {
    const difference = after - before;
    return difference > 0 ? `+${formatQty(difference)}` : formatQty(difference);
  }
  return t('change.field', {
    field: columnLabel(column),
    before: valueText(table, column, before, now),
    after: valueText(table, column, after, now),
  });
}
