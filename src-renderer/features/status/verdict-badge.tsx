import { IconAlertTriangle, IconClock, IconShieldCheck } from '@tabler/icons-react';
import { t } from '../../i18n/translate.ts';
import { Badge } from '../../ui/badge.tsx';
import { formatTime } from '../../ui/format.ts';
import type { Verdict } from './verification-text.ts';

/** Whether this PC holds the same as the cloud, as the newest comparison found it. */
export function VerdictBadge({ verdict, now }: { verdict: Verdict; now: number }) {
  switch (verdict.kind) {
    case 'later':
      return (
        <Badge tone="grey" icon={<IconClock size={14} aria-hidden />}>
          {t('verify.later', { reason: verdict.reason })}
        </Badge>
      );
    case 'equal':
      return (
        <Badge tone="accent" icon={<IconShieldCheck size={14} aria-hidden />}>
          {t('verify.equal', { at: formatTime(verdict.at, now) })}
        </Badge>
      );
    case 'repaired':
      return (
        <Badge tone="amber" icon={<IconAlertTriangle size={14} aria-hidden />}>
          {t('verify.repaired', { n: verdict.records, at: formatTime(verdict.at, now) })}
        </Badge>
      );
  }
}
