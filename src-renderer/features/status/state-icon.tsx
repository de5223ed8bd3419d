import {
  IconAlertTriangle,
  IconCheck,
  IconCircleX,
  IconCloudOff,
  IconPlayerPause,
  IconRefresh,
} from '@tabler/icons-react';
import type { SyncState } from '#shared/contract/schemas.ts';
import css from './state-icon.module.css';
import { toneOfState } from './state-sentence.ts';

const icons = {
  synced: IconCheck,
  syncing: IconRefresh,
  offline: IconCloudOff,
  paused: IconPlayerPause,
  attention: IconAlertTriangle,
  error: IconCircleX,
} as const satisfies Record<SyncState, unknown>;

/** The shape of a state: a tick, turning arrows, a struck cloud, two bars, a triangle, a cross. */
export function StateIcon({ state, size }: { state: SyncState; size: 'large' | 'small' }) {
  const Icon = icons[state];
  return (
    <span
      className={css['icon']}
      data-tone={toneOfState(state)}
      data-size={size}
      data-turns={state === 'syncing' || undefined}
    >
      <Icon size={size === 'large' ? 20 : 16} aria-hidden />
    </span>
  );
}
