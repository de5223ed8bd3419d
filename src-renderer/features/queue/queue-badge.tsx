import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconArrowUp,
  IconCheck,
  IconClock,
  IconDeviceFloppy,
  IconLock,
} from '@tabler/icons-react';
import type { QueueItem, SyncStatus } from '#shared/contract/schemas.ts';
import { assertNever } from '#shared/result.ts';
import { t } from '../../i18n/translate.ts';
import { Badge } from '../../ui/badge.tsx';
import { shownState } from './shown-state.ts';

type QueueBadgeProps = { item: Pick<QueueItem, 'state' | 'reason'>; status: SyncStatus | undefined };

/** Where a queued change stands, in words that never claim more than is true. */
export function QueueBadge({ item, status }: QueueBadgeProps) {
  const { reason } = item;
  const state = shownState(item.state, status);
  switch (state) {
    case 'saved':
      return (
        <Badge tone="blue" icon={<IconDeviceFloppy size={14} aria-hidden />}>
          {t('queue.state.saved')}
        </Badge>
      );
    case 'sending':
      return (
        <Badge tone="blue" icon={<IconArrowUp size={14} aria-hidden />}>
          {t('queue.state.sending')}
        </Badge>
      );
    case 'again':
      return (
        <Badge tone="blue" icon={<IconClock size={14} aria-hidden />}>
          {t('queue.state.again')}
        </Badge>
      );
    case 'held':
      return (
        <Badge tone="amber" icon={<IconLock size={14} aria-hidden />}>
          {t('queue.state.held')}
        </Badge>
      );
    case 'refused':
      return (
        <Badge tone="red" icon={<IconAlertTriangle size={14} aria-hidden />}>
          {reason === null ? t('queue.state.refused') : t('queue.state.refused.reason', { reason })}
        </Badge>
      );
    case 'discarded':
      return (
        <Badge tone="grey" icon={<IconArrowBackUp size={14} aria-hidden />}>
          {t('queue.state.discarded')}
        </Badge>
      );
    case 'settled':
      return (
        <Badge tone="grey" icon={<IconCheck size={14} aria-hidden />}>
          {t('queue.state.settled')}
        </Badge>
      );
    default:
      return assertNever(state);
  }
}
