import { setOf } from '#shared/sync/merge.ts';
import { columnOf, tableLabel, valueLabel } from '../i18n/labels.ts';
import { t } from '../i18n/translate.ts';
import { formatMoney, formatQty, formatTime } from './format.ts';

/** A stored value in the words of the shop, by what the register says about its column. `now` is for the day of a time. */
export function valueText(table: string, column: string, value: unknown, now: number): string {
  if (value === null || value === undefined || value === '') return t('app.none');
  const type = columnOf(table, column)?.type;
  if (typeof value === 'number') {
    switch (type) {
      case 'money':
        return formatMoney(value);
      case 'qty':
        return formatQty(value);
      case 'bool':
        return value === 0 ? t('app.no') : t('app.yes');
      case 'time':
        return formatTime(value, now);
      default:
        return String(value);
    }
  }
  if (typeof value !== 'string') return JSON.stringify(value);
  if (columnOf(table, column)?.policy === 'union') return [...setOf(value)].join(', ') || t('app.none');
  if (column === 'table_name') return tableLabel(value);
  // Ids say nothing to a person; their end tells two of them apart.
  if (type === 'id') return `…${value.slice(-6)}`;
  return valueLabel(column, value);
}
