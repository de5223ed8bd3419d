import { BrowserWindow, clipboard, nativeTheme } from 'electron';
import type { Logger } from '#main/telemetry/logger.ts';
import { redactText } from '#main/telemetry/redact.ts';
import { appOrigin } from './asset-path.ts';
import { copyPath, failureHtml, failurePath, quitPath, startAgainPath } from './failure-page.ts';
import type { Failure } from './failure-page.ts';

export type FailureWindowDeps = {
  readonly home: string;
  readonly startAgain: () => void;
  readonly quit: () => void;
  readonly logger: Logger;
};

export type FailureScreen = {
  /** The page of the last failure, for the protocol. */
  html(): string;
  show(failure: Failure): void;
};

/** The window that says why the app cannot work. It has no preload and no scripts; its links are acted on here. */
export function createFailureScreen(deps: FailureWindowDeps): FailureScreen {
  let current: Failure = { title: '', message: '', action: '', problems: [], details: [] };
  let copied = false;
  const open = (): void => {
    const window = new BrowserWindow({
      width: 760,
      height: 620,
      show: false,
      title: 'Pulser Field',
      autoHideMenuBar: true,
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#101513' : '#f6f7f5',
      webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false },
    });
    window.once('ready-to-show', () => window.show());
    window.on('closed', deps.quit);
    window.webContents.on('will-navigate', (event) => {
      event.preventDefault();
      act(window, new URL(event.url).pathname);
    });
    load(window);
  };
  const load = (window: BrowserWindow): void => {
    void window
      .loadURL(`${appOrigin}${failurePath}`)
      .catch((error: unknown) => deps.logger.error('shell.failure-page', { error }));
  };
  const act = (window: BrowserWindow, path: string): void => {
    if (path === startAgainPath) deps.startAgain();
    if (path === quitPath) deps.quit();
    if (path !== copyPath) return;
    void clipboard.writeText(asText(current, deps.home));
    copied = true;
    load(window);
  };
  return {
    html: () => failureHtml(current, copied),
    show(failure) {
      current = failure;
      open();
    },
  };
}

function asText(failure: Failure, home: string): string {
  const lines = [failure.title, failure.message, ...failure.problems, failure.action, '', ...failure.details];
  return redactText(lines.join('\n'), home);
}
