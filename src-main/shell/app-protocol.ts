import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { protocol } from 'electron';
import type { Logger } from '#main/telemetry/logger.ts';
import { assetFor, isOurs } from './asset-path.ts';
import { contentSecurityPolicy, withStyles } from './csp.ts';
import { failureCss, failurePath } from './failure-page.ts';

/** Makes `app:` a proper, secure scheme. Must run before Electron is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

export type AppProtocolDeps = {
  /** The folder of the built window. */
  readonly bundle: string;
  /** The page that says why the app cannot work. */
  readonly failurePage: () => string;
  readonly logger: Logger;
};

/** Serves the window's files under `app://bundle/`, each with the headers that fence it in. */
export function serveApp(deps: AppProtocolDeps): void {
  protocol.handle('app', async (request) => {
    if (request.method !== 'GET') return notFound();
    if (isOurs(request.url) && new URL(request.url).pathname === failurePath) return failurePage(deps.failurePage());
    const asset = assetFor(deps.bundle, request.url);
    if (asset === null) return notFound();
    try {
      const content = new Uint8Array(await readFile(asset.path));
      return new Response(content, { headers: fence(null, asset.type) });
    } catch (error) {
      deps.logger.warn('shell.asset-missing', { path: new URL(request.url).pathname, error });
      return notFound();
    }
  });
}

function failurePage(html: string): Response {
  const nonce = randomBytes(16).toString('base64');
  return new Response(withStyles(html, failureCss, nonce), { headers: fence(nonce, 'text/html; charset=utf-8') });
}

function notFound(): Response {
  return new Response('', { status: 404, headers: fence(null, 'text/plain') });
}

function fence(styleNonce: string | null, type: string): Record<string, string> {
  return {
    'content-type': type,
    'content-security-policy': contentSecurityPolicy(styleNonce),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  };
}
