import { Button } from '@mantine/core';
import { IconKeyboard } from '@tabler/icons-react';
import type { ConflictItem } from '#shared/contract/schemas.ts';
import { tableLabel } from '../../i18n/labels.ts';
import { t } from '../../i18n/translate.ts';
import { Badge } from '../../ui/badge.tsx';
import { Keys } from '../../ui/page.tsx';
import { IconForTable } from '../../ui/table-icon.tsx';
import css from './conflicts.module.css';

type PanelHeadProps = { item: ConflictItem; at: number; total: number; onKeys: () => void };

/** Which record it is about, which of how many, and the way to the keys. */
export function PanelHead({ item, at, total, onKeys }: PanelHeadProps) {
  return (
    <header className={css['head']}>
      <h2 className={css['title']}>{item.title}</h2>
      <Badge tone="blue" icon={<IconForTable table={item.table} size={14} />}>
        {tableLabel(item.table)}
      </Badge>
      <span className={`${css['position']} dim num`}>{t('conflicts.position', { at: at + 1, total })}</span>
      <Button variant="subtle" size="compact-sm" color="gray" leftSection={<IconKeyboard size={16} />} onClick={onKeys}>
        {t('conflicts.keys')} <Keys>?</Keys>
      </Button>
    </header>
  );
}
