import type { ConflictItem } from '#shared/contract/schemas.ts';
import { useNow } from '../../app/use-now.ts';
import { columnLabel } from '../../i18n/labels.ts';
import { t } from '../../i18n/translate.ts';
import { formatTime } from '../../ui/format.ts';
import { valueText } from '../../ui/value-text.ts';
import css from './conflicts.module.css';

/** Who did what with a conflict, oldest first: opened, decided, undone, decided again. */
export function HistoryList({ item }: { item: ConflictItem }) {
  const now = useNow(60_000);
  return (
    <section aria-label={t('conflicts.history')} className={css['history']} data-testid="conflict-history">
      <h3 className={css['result-title']}>{t('conflicts.history')}</h3>
      <ol>
        {item.history.map((event, index) => (
          <li key={`${event.what}-${event.at}-${index}`}>
            <span className={`${css['history-at']} dim num`}>
              {event.at === null ? t('conflicts.time.unknown') : formatTime(event.at, now)}
            </span>
            <span>
              {t(`conflicts.history.${event.what}`, { by: event.by, device: event.deviceName })}
              {event.record === null ? null : (
                <span className={css['history-value']}>{t(`conflicts.outcome.${event.record}`)}</span>
              )}
              {Object.entries(event.values ?? {}).map(([column, value]) => (
                <span key={column} className={css['history-value']}>
                  {t('conflicts.history.value', {
                    field: columnLabel(column),
                    value: valueText(item.table, column, value, now),
                  })}
                </span>
              ))}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
