import { extname, isAbsolute, relative, resolve } from 'node:path';

/** The one origin that the window ever shows. */
export const appOrigin = 'app://bundle';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

export type Asset = { readonly path: string; readonly type: string };

/** The file behind an address of the window; null for another origin, a way out of the bundle, or a kind we never ship. */
export function assetFor(bundle: string, address: string): Asset | null {
  if (!isOurs(address)) return null;
  const wanted = decoded(new URL(address).pathname);
  if (wanted === null || wanted.includes('\0') || wanted.includes('\\')) return null;
  const path = resolve(bundle, `.${wanted === '/' ? '/index.html' : wanted}`);
  const inside = relative(bundle, path);
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) return null;
  const type = types[extname(path).toLowerCase()];
  return type === undefined ? null : { path, type };
}

function decoded(pathname: string): string | null {
  try {
    return decodeURIComponent(pathname);
  } catch {
    // A malformed escape names no file of ours.
    return null;
  }
}

/** Whether an address belongs to our own page: compared as a parsed origin, never as text. */
export function isOurs(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  // The origin of a scheme of one's own reads "null" outside Chromium, so its two parts are compared.
  return `${url.protocol}//${url.host}` === appOrigin && url.username === '' && url.password === '';
}
