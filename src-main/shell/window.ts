import { BrowserWindow, nativeTheme } from 'electron';
import type { BrowserWindowConstructorOptions } from 'electron';
import { appOrigin } from './asset-path.ts';

export type WindowDeps = { readonly preload: string; readonly icon: string };

/** The window's fixed settings: sandboxed, isolated, shown when its first picture is ready so that nothing flashes. */
export function windowOptions(deps: WindowDeps, dark: boolean): BrowserWindowConstructorOptions {
  return {
    width: 1280,
    height: 760,
    minWidth: 1024,
    minHeight: 640,
    show: false,
    title: 'Pulser Field',
    icon: deps.icon,
    backgroundColor: dark ? '#101513' : '#f6f7f5',
    autoHideMenuBar: true,
    webPreferences: {
      preload: deps.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      spellcheck: false,
      navigateOnDragDrop: false,
    },
  };
}

/** Opens the app's window on a path of our own page. */
export function openWindow(deps: WindowDeps, path: string): BrowserWindow {
  const window = new BrowserWindow(windowOptions(deps, nativeTheme.shouldUseDarkColors));
  window.once('ready-to-show', () => window.show());
  window.on('page-title-updated', (event) => event.preventDefault());
  // A page that cannot be loaded is seen by the guards of the window's life, not here.
  void window.loadURL(`${appOrigin}${path}`).catch(() => undefined);
  return window;
}

/** Brings a window to the front, wherever it is. */
export function showWindow(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
