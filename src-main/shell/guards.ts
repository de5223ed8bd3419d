import { app, session } from 'electron';
import type { Session, WebContents } from 'electron';
import type { Logger } from '#main/telemetry/logger.ts';
import { isOurs } from './asset-path.ts';

/** What our own page may do beside showing itself: put text on the clipboard. */
const allowed = new Set(['clipboard-sanitized-write']);

/** Denies what the window never needs: permissions, devices, other pages, other windows, the network. */
export function guardEverything(logger: Logger): void {
  guardSession(session.defaultSession, logger);
  app.on('web-contents-created', (_event, contents) => guardContents(contents, logger));
}

function guardSession(target: Session, logger: Logger): void {
  target.setPermissionRequestHandler((_contents, permission, answer, details) => {
    const granted = allowed.has(permission) && isOurs(details.requestingUrl);
    if (!granted) logger.warn('shell.permission-denied', { permission });
    answer(granted);
  });
  target.setPermissionCheckHandler((_contents, permission, origin) => allowed.has(permission) && isOurs(origin));
  target.setDevicePermissionHandler(() => false);
  target.webRequest.onBeforeRequest((details, answer) => {
    const cancel = !/^(app|devtools|data|blob):/.test(details.url);
    if (cancel)
      logger.warn('shell.request-denied', { origin: URL.canParse(details.url) ? new URL(details.url).origin : '' });
    answer({ cancel });
  });
  target.on('will-download', (event) => event.preventDefault());
}

function guardContents(contents: WebContents, logger: Logger): void {
  const stay = (event: { preventDefault(): void }, address: string): void => {
    if (isOurs(address)) return;
    event.preventDefault();
    logger.warn('shell.navigation-denied', {});
  };
  contents.on('will-navigate', (event) => stay(event, event.url));
  contents.on('will-frame-navigate', (event) => stay(event, event.url));
  contents.on('will-redirect', (event) => stay(event, event.url));
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}
