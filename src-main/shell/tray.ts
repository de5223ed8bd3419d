import { join } from 'node:path';
import { Menu, Tray, nativeImage } from 'electron';
import type { SyncState, SyncStatus } from '#shared/contract/schemas.ts';
import { stateSentence } from './state-text.ts';
import type { OpenServices } from './services-watch.ts';
import { nothingOpen, trayEntries } from './tray-menu.ts';
import type { TrayActions, TrayEntry } from './tray-menu.ts';

export type StateTray = {
  show(status: SyncStatus): void;
  /** What is open to assistants. */
  showOpen(open: OpenServices): void;
  close(): void;
};

/** The tray icon: one shape for each state, the same sentence as everywhere as its tip, and the menu. */
export function createStateTray(icons: string, actions: TrayActions): StateTray {
  const image = (state: SyncState): Electron.NativeImage =>
    nativeImage.createFromPath(join(icons, `tray-${state}.png`));
  const tray = new Tray(image('syncing'));
  let status: SyncStatus | null = null;
  let open = nothingOpen;
  const setMenu = (): void => tray.setContextMenu(buildMenu(trayEntries(status, actions, open)));
  tray.setToolTip('Pulser Field');
  tray.on('click', actions.open);
  setMenu();
  return {
    show(next) {
      status = next;
      tray.setImage(image(next.state));
      tray.setToolTip(`Pulser Field\n${stateSentence(next)}`);
      setMenu();
    },
    showOpen(next) {
      open = next;
      setMenu();
    },
    close: () => tray.destroy(),
  };
}

function buildMenu(entries: readonly TrayEntry[]): Menu {
  return Menu.buildFromTemplate(
    entries.map((entry) => {
      if (entry.kind === 'separator') return { type: 'separator' as const };
      if (entry.kind === 'line') return { label: entry.label, enabled: false };
      return { label: entry.label, enabled: entry.enabled, click: entry.run };
    }),
  );
}
