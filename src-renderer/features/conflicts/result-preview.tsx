import type { ConflictItem } from '#shared/contract/schemas.ts';
import { useNow } from '../../app/use-now.ts';
import { columnLabel } from '../../i18n/labels.ts';
import { t } from '../../i18n/translate.ts';
import { valueText } from '../../ui/value-text.ts';
import css from './conflicts.module.css';
import { preview, type Picks } from './draft.ts';

const others = 6;

/** The record as it will be, before anything is changed. */
export function ResultPreview({ item, picks }: { item: ConflictItem; picks: Picks }) {
  const now = useNow(60_000);
  const fields = preview(item, picks);
  const done = fields.filter((field) => field.state === 'chosen').length;
  const shown = [
    ...fields.filter((field) => field.state !== 'same'),
    ...fields.filter((field) => field.state === 'same').slice(0, others),
  ];
  return (
    <section
      className={css['result']}
      aria-label={t('conflicts.result')}
      aria-live="polite"
      data-testid="conflict-result"
    >
      <div className={css['result-head']}>
        <h3 className={css['result-title']}>{t('conflicts.result')}</h3>
        <span className="dim num">{t('conflicts.chosen', { done, total: item.fields.length })}</span>
      </div>
      <dl className={css['result-fields']}>
        {shown.map((field) => (
          <div key={field.column} data-state={field.state}>
            <dt>{columnLabel(field.column)}</dt>
            <dd>
              {field.state === 'open'
                ? t('conflicts.result.choose')
                : field.state === 'bad'
                  ? t('conflicts.edit.bad')
                  : valueText(item.table, field.column, field.value, now)}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
