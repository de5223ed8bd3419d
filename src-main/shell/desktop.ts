import { randomFillSync } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { app } from 'electron';
import type { BrowserWindow } from 'electron';
import { appError } from '#shared/contract/errors.ts';
import type { Config } from '#main/config/read-config.ts';
import type { Result } from '#shared/result.ts';
import type { HostPaths } from '#main/host/paths.ts';
import { programVersions } from '#main/host/versions.ts';
import type { Logger } from '#main/telemetry/logger.ts';
import { serveApp } from './app-protocol.ts';
import { setAppMenu } from './app-menu.ts';
import { createChosenFiles } from './chosen-files.ts';
import { fileDialogs } from './file-dialogs.ts';
import { createFailureScreen } from './failure-window.ts';
import type { FailureScreen } from './failure-window.ts';
import { configurationFailure, errorFailure, windowFailure } from './failures.ts';
import { guardEverything } from './guards.ts';
import { startHostWorker } from './host-worker.ts';
import type { HostWorker } from './host-worker.ts';
import { relayContract } from './ipc-relay.ts';
import { keepKey } from './key-keeper.ts';
import { createLeaving } from './leaving.ts';
import { watchPower } from './power.ts';
import { createReloadPolicy } from './reload-policy.ts';
import { watchServices } from './services-watch.ts';
import { watchState } from './state-watch.ts';
import { systemKeyStore } from './system-key-store.ts';
import { createStateTray } from './tray.ts';
import { hasTray } from './tray-menu.ts';
import type { TrayActions } from './tray-menu.ts';
import { openWindow, showWindow } from './window.ts';

export type DesktopDeps = {
  readonly config: Result<Config, readonly string[]>;
  readonly paths: HostPaths;
  readonly logger: Logger;
  /** Files of this installation. */
  readonly files: {
    readonly hostThread: string;
    readonly preload: string;
    readonly bundle: string;
    readonly icons: string;
  };
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
};

/** Runs the app's window and everything around it, from Electron's readiness on. */
export function runDesktop(deps: DesktopDeps): void {
  const { config, paths, logger } = deps;
  const where = { dataDir: paths.dataDir, versions: programVersions(process.versions) };
  guardEverything(logger);
  const failures = createFailureScreen({ home: homedir(), startAgain, quit: () => app.quit(), logger });
  serveApp({ bundle: deps.files.bundle, failurePage: failures.html, logger });
  if (!config.ok) return failures.show(configurationFailure(config.error, where));
  const kept = keepKey({
    system: systemKeyStore(deps.platform),
    keyFile: paths.keyFile,
    database: paths.database,
    random: (bytes) => randomFillSync(bytes),
  });
  if (!kept.ok) return failures.show(errorFailure(kept.error, where));

  let window: BrowserWindow | null = null;
  const fail = (failure: Parameters<FailureScreen['show']>[0]): void => {
    failures.show(failure);
    window?.destroy();
    window = null;
  };
  const host = startHostWorker(
    deps.files.hostThread,
    { config: config.value, paths, key: kept.value.key, keyKeptBy: kept.value.keptBy, versions: where.versions },
    {
      onReady: (metricsPort) => logger.info('shell.host-ready', { metricsPort }),
      onFailed: (error) => fail(errorFailure(error, where)),
      onDied: (error) => {
        logger.error('shell.host-died', { error });
        fail(errorFailure(appError('host-gone', error?.message), where));
      },
    },
  );
  window = openAppWindow(deps, host, () => window, fail, where);
}

function startAgain(): void {
  app.relaunch();
  app.quit();
}

type Where = Parameters<typeof windowFailure>[1];

function openAppWindow(
  deps: DesktopDeps,
  host: HostWorker,
  current: () => BrowserWindow | null,
  fail: FailureScreen['show'],
  where: Where,
): BrowserWindow {
  const { logger, files } = deps;
  const chosen = createChosenFiles(fileDialogs);
  relayContract({ caller: host.caller, window: current, chosen, logger });
  const window = openWindow({ preload: files.preload, icon: join(files.icons, 'app.png') }, '/');
  const mayReload = createReloadPolicy(3, 5 * 60_000, Date.now);
  window.webContents.on('render-process-gone', (_event, gone) => {
    logger.error('shell.window-gone', { reason: gone.reason });
    if (gone.reason === 'clean-exit') return;
    if (mayReload()) window.webContents.reload();
    else fail(windowFailure(gone.reason, where));
  });
  app.on('second-instance', () => showWindow(window));
  app.on('activate', () => showWindow(window));
  attachLife(deps, host, window);
  return window;
}

/** Tray, menu, power and the way out. */
function attachLife(deps: DesktopDeps, host: HostWorker, window: BrowserWindow): void {
  const tray = hasTray(deps.platform, deps.env['XDG_CURRENT_DESKTOP']);
  const state = watchState(host.caller);
  const leaving = createLeaving({
    host,
    window,
    keepInTray: tray,
    waiting: () => state.last()?.waiting ?? 0,
    logger: deps.logger,
  });
  const actions: TrayActions = {
    syncNow: () => void host.caller.call('sync.now', {}),
    pauseOneHour: () =>
      void host.caller.call('sync.pause', { until: Date.now() + 3_600_000, reason: 'Paused from the menu of this PC' }),
    resume: () => void host.caller.call('sync.resume', {}),
    closeServices: () => void host.caller.call('services.allOff', {}),
    open: () => showWindow(window),
    quit: () => void leaving.ask(),
  };
  setAppMenu(deps.platform, actions);
  if (tray) {
    const shown = createStateTray(deps.files.icons, actions);
    state.onChange((status) => shown.show(status));
    watchServices(host.caller, (open) => shown.showOpen(open));
  }
  const stopPower = watchPower({
    wake: host.wake,
    shutdown: () => app.quit(),
    logger: deps.logger,
    every: (ms, work) => {
      const timer = setInterval(work, ms);
      return () => clearInterval(timer);
    },
  });
  app.once('will-quit', stopPower);
}
