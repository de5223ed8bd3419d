import { IconAlertTriangle, IconCheck, IconCircleX } from '@tabler/icons-react';
import { t } from '../../i18n/translate.ts';
import { Badge } from '../../ui/badge.tsx';
import type { Service } from './service-text.ts';

const looks = {
  ok: { tone: 'accent', icon: <IconCheck size={14} aria-hidden /> },
  degraded: { tone: 'amber', icon: <IconAlertTriangle size={14} aria-hidden /> },
  down: { tone: 'red', icon: <IconCircleX size={14} aria-hidden /> },
} as const;

/** How a service, or what it leans on, stands. */
export function HealthBadge({ state }: { state: Service['state'] }) {
  return <Badge {...looks[state]}>{t(`services.state.${state}`)}</Badge>;
}
