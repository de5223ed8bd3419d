import { join } from 'node:path';
import { Menu, Tray, nativeImage } from 'electron';
import type { SyncState, SyncStatus } from '#shared/contract/schemas.ts';
import { stateSentence } from './state-text.ts';
import { trayEntries } from './tray-menu.ts';
import type { TrayActions } from './tray-menu.ts';

export type StateTray = { show(status: SyncStatus): void; close(): void };

/** The tray icon: one shape for each state, the same sentence as everywhere as its tip, and the menu. */
export function createStateTray(icons: string, actions: TrayActions): StateTray {
  const image = (state: SyncState): Electron.NativeImage =>
    nativeImage.createFromPath(join(icons, `tray-${state}.png`));
  const tray = new Tray(image('syncing'));
  const setMenu = (status: SyncStatus | null): void => tray.setContextMenu(buildMenu(status, actions));
  tray.setToolTip('Pulser Field');
  tray.on('click', actions.open);
  setMenu(null);
  return {
    show(status) {
      tray.setImage(image(status.state));
      tray.setToolTip(`Pulser Field\n${stateSentence(status)}`);
      setMenu(status);
    },
    close: () => tray.destroy(),
  };
}

function buildMenu(status: SyncStatus | null, actions: TrayActions): Menu {
  return Menu.buildFromTemplate(
    trayEntries(status, actions).map((entry) => {
      if (entry.kind === 'separator') return { type: 'separator' as const };
      if (entry.kind === 'line') return { label: entry.label, enabled: false };
      return { label: entry.label, enabled: entry.enabled, click: entry.run };
    }),
  );
}
