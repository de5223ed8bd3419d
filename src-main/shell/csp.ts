/**
 * What a page of the app may load: its own files and nothing else. `styleNonce` lets the one style element of a page made by
 * the shell through; the window's own page needs none.
 */
export function contentSecurityPolicy(styleNonce: string | null): string {
  return [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self'${styleNonce === null ? '' : ` 'nonce-${styleNonce}'`}`,
    `img-src 'self' data:`,
    `font-src 'self'`,
    `connect-src 'self'`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
    `object-src 'none'`,
    // no string becomes code or markup in the page, whichever library would like to
    `require-trusted-types-for 'script'`,
  ].join('; ');
}

/** Gives a page of the shell the styles it needs. */
export function withStyles(html: string, css: string, nonce: string): string {
  return html.replace('</head>', `<style nonce="${nonce}">${css}</style></head>`);
}
