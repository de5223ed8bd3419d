import type { SyncStatus } from '#shared/contract/schemas.ts';
import { stateSentence } from './state-text.ts';

export type TrayActions = {
  readonly syncNow: () => void;
  readonly pauseOneHour: () => void;
  readonly resume: () => void;
  readonly open: () => void;
  readonly quit: () => void;
};

export type TrayEntry =
  | { readonly kind: 'line'; readonly label: string }
  | { readonly kind: 'separator' }
  | { readonly kind: 'action'; readonly label: string; readonly enabled: boolean; readonly run: () => void };

/** What the tray's menu says for a state; `null` while the host has not answered yet. */
export function trayEntries(status: SyncStatus | null, actions: TrayActions): TrayEntry[] {
  const enrolled = status !== null && status.device !== null;
  const paused = status !== null && status.pause !== null;
  return [
    { kind: 'line', label: status === null ? 'Starting…' : stateSentence(status) },
    { kind: 'separator' },
    { kind: 'action', label: 'Sync now', enabled: enrolled && !paused, run: actions.syncNow },
    paused
      ? { kind: 'action', label: 'Resume sync', enabled: true, run: actions.resume }
      : { kind: 'action', label: 'Pause sync for 1 hour', enabled: enrolled, run: actions.pauseOneHour },
    { kind: 'separator' },
    { kind: 'action', label: 'Open Pulser Field', enabled: true, run: actions.open },
    { kind: 'action', label: 'Quit', enabled: true, run: actions.quit },
  ];
}

/** Whether closing the window may hide it: only where the operating system surely shows a tray to come back from. */
export function hasTray(platform: NodeJS.Platform, desktop: string | undefined): boolean {
  if (platform === 'win32' || platform === 'darwin') return true;
  return /KDE|XFCE|MATE|Cinnamon|LXQt|Unity|Deepin/i.test(desktop ?? '');
}
