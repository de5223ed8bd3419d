import { Menu } from 'electron';
import type { MenuItemConstructorOptions } from 'electron';
import type { TrayActions } from './tray-menu.ts';

/** The window's menu: hidden until Alt on Windows and Linux, where macOS keeps its own bar. No developer entries. */
export function setAppMenu(platform: NodeJS.Platform, actions: TrayActions): void {
  const own: MenuItemConstructorOptions = {
    label: 'Pulser Field',
    submenu: [
      { label: 'Sync now', click: actions.syncNow },
      { label: 'Pause sync for 1 hour', click: actions.pauseOneHour },
      { label: 'Resume sync', click: actions.resume },
      { type: 'separator' },
      { label: 'Close everything to assistants', click: actions.closeServices },
      { type: 'separator' },
      ...(platform === 'darwin' ? [{ role: 'hide' as const }, { role: 'hideOthers' as const }] : []),
      { label: 'Quit', accelerator: 'CmdOrCtrl+Q', click: actions.quit },
    ],
  };
  const view: MenuItemConstructorOptions = {
    label: 'View',
    submenu: [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { role: 'togglefullscreen' }],
  };
  Menu.setApplicationMenu(Menu.buildFromTemplate([own, { role: 'editMenu' }, view]));
}
