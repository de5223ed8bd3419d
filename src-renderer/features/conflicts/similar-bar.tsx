import { Button } from '@mantine/core';
import { IconChecks } from '@tabler/icons-react';
import type { ConflictItem } from '#shared/contract/schemas.ts';
import { useCommand } from '../../app/queries.ts';
import { t } from '../../i18n/translate.ts';
import { Keys } from '../../ui/page.tsx';
import css from './conflicts.module.css';
import { fieldNames } from './sides.ts';

/** Ids of the other open conflicts that the same answer may settle; none while that is not known. */
export function useSimilar(item: ConflictItem): readonly string[] {
  return useCommand('conflicts.similar', { id: item.id }).data?.ids ?? [];
}

type SimilarBarProps = {
  item: ConflictItem;
  others: readonly string[];
  /** The side that was chosen for all fields; null while there is none. */
  take: 'incoming' | 'kept' | null;
  pending: boolean;
  onAll: () => void;
};

/** Offers the same answer for the others that are alike, with their number. Each is checked on its own, and all can be undone at once. */
export function SimilarBar({ item, others, take, pending, onAll }: SimilarBarProps) {
  if (others.length === 0) return null;
  const what = item.kind === 'fields' ? fieldNames(item) : t(`conflicts.similar.${item.kind}`);
  return (
    <div className={css['similar']} data-testid="conflict-similar">
      <IconChecks size={18} aria-hidden />
      <span className={css['similar-text']}>
        <strong>{t('conflicts.similar', { n: others.length })}</strong>{' '}
        <span className="dim">
          {take === null ? t('conflicts.similar.choose', { what }) : t('conflicts.similar.each', { what })}
        </span>
      </span>
      <Button disabled={take === null} loading={pending} onClick={onAll} data-testid="conflict-resolve-many">
        {t('conflicts.similar.apply', { n: others.length })} <Keys>A</Keys>
      </Button>
    </div>
  );
}
