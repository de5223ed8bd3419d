import type { SyncStatus } from '#shared/contract/schemas.ts';
import type { OpenServices } from './services-watch.ts';
import { openSentence, stateSentence } from './state-text.ts';

export type TrayActions = {
  readonly syncNow: () => void;
  readonly pauseOneHour: () => void;
  readonly resume: () => void;
  /** Closes every service to assistants at once. */
  readonly closeServices: () => void;
  readonly open: () => void;
  readonly quit: () => void;
};

export type TrayEntry =
  | { readonly kind: 'line'; readonly label: string }
  | { readonly kind: 'separator' }
  | { readonly kind: 'action'; readonly label: string; readonly enabled: boolean; readonly run: () => void };

/** Nothing is open to assistants. */
export const nothingOpen: OpenServices = { read: [], write: [] };

/** What the tray's menu says for a state; `null` while the host has not answered yet. What is open to assistants stands in it, with the way to close it. */
export function trayEntries(
  status: SyncStatus | null,
  actions: TrayActions,
  open: OpenServices = nothingOpen,
): TrayEntry[] {
  const enrolled = status !== null && status.device !== null;
  const paused = status !== null && status.pause !== null;
  return [
    { kind: 'line', label: status === null ? 'Starting…' : stateSentence(status) },
    { kind: 'separator' },
    { kind: 'action', label: 'Sync now', enabled: enrolled && !paused, run: actions.syncNow },
    paused
      ? { kind: 'action', label: 'Resume sync', enabled: true, run: actions.resume }
      : { kind: 'action', label: 'Pause sync for 1 hour', enabled: enrolled, run: actions.pauseOneHour },
    ...openEntries(open, actions),
    { kind: 'separator' },
    { kind: 'action', label: 'Open Pulser Field', enabled: true, run: actions.open },
    { kind: 'action', label: 'Quit', enabled: true, run: actions.quit },
  ];
}

function openEntries(open: OpenServices, actions: TrayActions): TrayEntry[] {
  if (open.read.length + open.write.length === 0) return [];
  return [
    { kind: 'separator' },
    { kind: 'line', label: openSentence(open) },
    { kind: 'action', label: 'Close everything to assistants', enabled: true, run: actions.closeServices },
  ];
}

/** Whether closing the window may hide it: only where the operating system surely shows a tray to come back from. */
export function hasTray(platform: NodeJS.Platform, desktop: string | undefined): boolean {
  if (platform === 'win32' || platform === 'darwin') return true;
  return /KDE|XFCE|MATE|Cinnamon|LXQt|Unity|Deepin/i.test(desktop ?? '');
}
