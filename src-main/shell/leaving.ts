import { app, dialog } from 'electron';
import type { BrowserWindow } from 'electron';
import type { Logger } from '#main/telemetry/logger.ts';
import type { HostWorker } from './host-worker.ts';
import { quitQuestion } from './state-text.ts';

export type LeavingDeps = {
  readonly host: HostWorker;
  readonly window: BrowserWindow;
  /** Closing the window only hides it: there is a tray to come back from. */
  readonly keepInTray: boolean;
  /** Changes that the cloud has not confirmed yet. */
  readonly waiting: () => number;
  readonly logger: Logger;
};

/** How long the host may take to finish, in milliseconds. */
const patienceMs = 15_000;

/** The ways out of the app. A person who quits while changes wait is asked; the host always finishes and closes its store. */
export function createLeaving(deps: LeavingDeps): { ask(): Promise<void> } {
  const { host, window } = deps;
  let leaving: 'no' | 'stopping' | 'stopped' = 'no';

  const ask = async (): Promise<void> => {
    if (leaving !== 'no') return;
    const waiting = deps.waiting();
    if (waiting > 0 && !(await confirmed(window, waiting))) return;
    app.quit();
  };
  app.on('before-quit', (event) => {
    if (leaving === 'stopped') return;
    event.preventDefault();
    if (leaving === 'stopping') return;
    leaving = 'stopping';
    if (!window.isDestroyed()) window.hide();
    // Whatever holds the host up, the store survives the end of the process; the operator must not wait for ever.
    const late = setTimeout(() => {
      deps.logger.error('shell.host-does-not-end');
      app.exit(1);
    }, patienceMs);
    void host.stop().then(() => {
      clearTimeout(late);
      leaving = 'stopped';
      app.quit();
    });
  });
  window.on('close', (event) => {
    if (leaving !== 'no') return;
    event.preventDefault();
    if (deps.keepInTray) window.hide();
    else void ask();
  });
  // Windows ends the session without asking the app to quit.
  window.on('query-session-end', () => app.quit());
  return { ask };
}

async function confirmed(window: BrowserWindow, waiting: number): Promise<boolean> {
  const answer = await dialog.showMessageBox(window, {
    type: 'question',
    title: 'Pulser Field',
    ...quitQuestion(waiting),
    buttons: ['Keep it open', 'Quit'],
    defaultId: 0,
    cancelId: 0,
  });
  return answer.response === 1;
}
