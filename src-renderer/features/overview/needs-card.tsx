import { IconAlertTriangle, IconCheck, IconGitMerge } from '@tabler/icons-react';
import { Link } from 'wouter';
import type { ConflictItem } from '#shared/contract/schemas.ts';
import { useCommand } from '../../app/queries.ts';
import { useNow } from '../../app/use-now.ts';
import { t } from '../../i18n/translate.ts';
import { Badge } from '../../ui/badge.tsx';
import { Blank } from '../../ui/blank.tsx';
import { Card } from '../../ui/page.tsx';
import { Time } from '../../ui/time.tsx';
import { leftSide, otherSide } from '../conflicts/draft.ts';
import { fieldNames } from '../conflicts/sides.ts';
import css from './overview.module.css';

const rows = 4;

/** What only a person can decide: conflicts and what the cloud refused. */
export function NeedsCard() {
  const now = useNow(60_000);
  const conflicts = useCommand('conflicts.list', { status: 'open', limit: rows });
  const stuck = useCommand('queue.list', { filter: 'stuck', limit: rows });
  const loading = conflicts.isPending || stuck.isPending;
  const some = [...(conflicts.data?.items ?? [])].slice(0, stuck.data?.total === 0 ? rows : rows - 1);
  const someStuck = (stuck.data?.items ?? []).slice(0, rows - some.length);
  const rest = (conflicts.data?.total ?? 0) + (stuck.data?.total ?? 0) - some.length - someStuck.length;
  return (
    <Card
      title={t('overview.needs')}
      className={css['needs']}
      action={rest > 0 ? <span className="dim">{t('overview.needs.more', { n: rest })}</span> : null}
    >
      {loading ? <LoadingRows /> : null}
      {!loading && some.length + someStuck.length === 0 ? (
        <p className={css['nothing']}>
          <IconCheck size={16} aria-hidden />
          {t('overview.needs.none')}
        </p>
      ) : null}
      <ul className={css['list']}>
        {some.map((item) => (
          <li key={item.id}>
            <Link href={`/conflicts/${item.id}`}>
              <Badge tone="amber" icon={<IconGitMerge size={14} aria-hidden />}>
                {conflictText(item)}
              </Badge>
            </Link>
            <span className="dim">{item[otherSide(leftSide(item))].deviceName}</span>
          </li>
        ))}
        {someStuck.map((item) => (
          <li key={item.txn}>
            <Link href={`/queue/${item.txn}`}>
              <Badge tone="red" icon={<IconAlertTriangle size={14} aria-hidden />}>
                {item.title}
              </Badge>
            </Link>
            <span className="dim">
              <Time at={item.at} now={now} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function conflictText(item: ConflictItem): string {
  return `${item.title}: ${fieldNames(item)}`;
}

function LoadingRows() {
  return (
    <ul className={css['list']} aria-hidden>
      {[0, 1, 2].map((row) => (
        <li key={row}>
          <Blank width="60%" />
          <Blank width={60} />
        </li>
      ))}
    </ul>
  );
}
