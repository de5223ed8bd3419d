/** The desktop app's entry: settles who may run and where the data lies, then hands over to the shell. */
import { join } from 'node:path';
import { app, crashReporter, dialog } from 'electron';
import { machineDeps } from './config/machine.ts';
import { readConfig } from './config/read-config.ts';
import { hostLogger } from './host/host-logger.ts';
import { hostPaths } from './host/paths.ts';
import { registerAppScheme } from './shell/app-protocol.ts';
import { runDesktop } from './shell/desktop.ts';

const sources = machineDeps(process.env, process.platform, null);
const config = readConfig(sources);
const dataDir = config.ok ? config.value.dataDir : process.env['PULSER_DATA_DIR'] || sources.defaultDataDir;
const installation = app.getAppPath();
const paths = hostPaths(dataDir, installation, process.env['PULSER_SQLITE_BINDING']);
const log = hostLogger(paths.logs, 'shell');

process.on('uncaughtException', (error) => {
  log.logger.error('shell.crashed', { error });
  dialog.showErrorBox('Pulser Field met a fault and stops', 'Your data is safe on this PC. Start Pulser Field again.');
  app.exit(1);
});

app.setName('Pulser Field');
app.setPath('userData', join(dataDir, 'window'));
crashReporter.start({ uploadToServer: false });
// Enabling the sandbox would take back --no-sandbox, which development and tests need as root in a container; a packaged app
// never runs without it. The window asks for its sandbox in any case.
if (app.isPackaged || !app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
else log.logger.warn('shell.no-sandbox');
registerAppScheme();

const start = (): void =>
  runDesktop({
    config,
    paths,
    logger: log.logger,
    files: {
      hostThread: join(import.meta.dirname, 'host-thread.js'),
      preload: join(import.meta.dirname, '..', 'preload', 'index.cjs'),
      bundle: join(import.meta.dirname, '..', 'renderer'),
      icons: join(installation, 'resources', 'icons'),
    },
    platform: process.platform,
    env: process.env,
  });

// The window of the first start is shown by its 'second-instance' handler.
if (!app.requestSingleInstanceLock()) app.quit();
// Not awaited at the top level: Electron becomes ready only after this module has been evaluated.
else void app.whenReady().then(start);
