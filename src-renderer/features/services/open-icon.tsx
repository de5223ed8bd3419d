import { IconEye, IconPencil, IconPlugConnectedX, IconPlugOff } from '@tabler/icons-react';
import css from './services.module.css';
import { toneOfOpenness, type Openness } from './service-text.ts';

const icons = { none: IconPlugOff, read: IconEye, write: IconPencil, failed: IconPlugConnectedX } as const;

/** The shape of what is open to assistants: a pulled plug, an eye, a pencil, a broken plug. */
export function OpenIcon({ openness, size }: { openness: Openness; size: 'large' | 'small' }) {
  const Icon = icons[openness];
  return (
    <span className={css['open-icon']} data-tone={toneOfOpenness[openness]} data-size={size}>
      <Icon size={size === 'large' ? 20 : 16} aria-hidden />
    </span>
  );
}
