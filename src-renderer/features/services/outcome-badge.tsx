import { IconAlertTriangle, IconBan, IconCheck, IconCircleX, IconUserQuestion } from '@tabler/icons-react';
import { Badge } from '../../ui/badge.tsx';
import type { Tone } from '../../ui/tone.ts';
import { outcomeText } from './call-text.ts';

const icons: Readonly<Record<Tone, typeof IconCheck>> = {
  accent: IconCheck,
  blue: IconUserQuestion,
  amber: IconBan,
  red: IconAlertTriangle,
  grey: IconCircleX,
  violet: IconCircleX,
};

/** How a call ended. */
export function OutcomeBadge({ outcome }: { outcome: string }) {
  const { text, tone } = outcomeText(outcome);
  const Icon = icons[tone];
  return (
    <Badge tone={tone} icon={<Icon size={14} aria-hidden />}>
      {text}
    </Badge>
  );
}
