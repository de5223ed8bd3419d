import { IconAlertTriangle, IconBan, IconCheck, IconCircleX } from '@tabler/icons-react';
import type { ClientToken } from '#shared/contract/services.ts';
import { Badge } from '../../ui/badge.tsx';
import type { Tone } from '../../ui/tone.ts';
import { tokenState } from './token-text.ts';

const icons: Readonly<Partial<Record<Tone, typeof IconCheck>>> = {
  accent: IconCheck,
  amber: IconAlertTriangle,
  red: IconCircleX,
};

/** Whether a token is still good. */
export function TokenBadge({ token, now }: { token: ClientToken; now: number }) {
  const { text, tone } = tokenState(token, now);
  const Icon = icons[tone] ?? IconBan;
  return (
    <Badge tone={tone} icon={<Icon size={14} aria-hidden />}>
      {text}
    </Badge>
  );
}
