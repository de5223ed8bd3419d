import { IconAlertTriangle, IconCheck, IconDeviceFloppy, IconGitMerge } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Overview } from '#shared/contract/schemas.ts';
import { tableNames, tableOf } from '#shared/register.ts';
import { tableLabelMany } from '../../i18n/labels.ts';
import { t } from '../../i18n/translate.ts';
import { Blank } from '../../ui/blank.tsx';
import { formatCount } from '../../ui/format.ts';
import { Card } from '../../ui/page.tsx';
import css from './records.module.css';

type Table = Overview['tables'][number];

/** What the people of the shop write. What only the cloud writes, and the conflicts themselves, have their own places. */
const ofTheShop: readonly string[] = tableNames.filter(
  (name) => tableOf(name).direction === 'both' && name !== 'conflicts',
);

/** How much of each kind of record is here, and what of it still waits. */
export function RecordsCard({ tables }: { tables: Overview['tables'] | undefined }) {
  const shown = tables?.filter((table) => ofTheShop.includes(table.table));
  return (
    <Card title={t('overview.records')} className={css['card']}>
      <ul className={css['records']}>
        {shown === undefined
          ? Array.from({ length: ofTheShop.length }, (_, row) => (
              <li key={row}>
                <Blank width="100%" />
              </li>
            ))
          : shown.map((table) => (
              <li key={table.table} data-testid={`records-${table.table}`}>
                <span className={css['name']}>{tableLabelMany(table.table)}</span>
                <span className="num">{formatCount(table.rows)}</span>
                <TableState table={table} />
              </li>
            ))}
      </ul>
    </Card>
  );
}

function TableState({ table }: { table: Table }) {
  const { tone, icon, text } = stateOf(table);
  return (
    <span className={css['mark']} data-tone={tone} title={text}>
      {icon}
      <span className="hidden-visually">{text}</span>
    </span>
  );
}

function stateOf(table: Table): { tone: string; icon: ReactNode; text: string } {
  if (table.stuck > 0)
    return {
      tone: 'red',
      icon: <IconAlertTriangle size={15} aria-hidden />,
      text: t('overview.records.stuck', { n: table.stuck }),
    };
  if (table.conflicts > 0)
    return {
      tone: 'amber',
      icon: <IconGitMerge size={15} aria-hidden />,
      text: t('state.conflicts', { n: table.conflicts }),
    };
  if (table.waiting > 0)
    return {
      tone: 'blue',
      icon: <IconDeviceFloppy size={15} aria-hidden />,
      text: t('overview.records.waiting', { n: table.waiting }),
    };
  return { tone: 'accent', icon: <IconCheck size={15} aria-hidden />, text: t('overview.records.all') };
}
