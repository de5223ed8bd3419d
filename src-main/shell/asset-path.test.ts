import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assetFor, isOurs } from './asset-path.ts';
import { contentSecurityPolicy } from './csp.ts';

const bundle = resolve('/srv/app/renderer');

describe('assetFor', () => {
  it('finds the files of the bundle', () => {
    expect(assetFor(bundle, 'app://bundle/')).toEqual({
      path: join(bundle, 'index.html'),
      type: 'text/html; charset=utf-8',
    });
    expect(assetFor(bundle, 'app://bundle/assets/a-1.js?v=2#x')?.path).toBe(join(bundle, 'assets', 'a-1.js'));
  });

  it.each([
    'app://bundle/../secret.js',
    'app://bundle/%2e%2e/secret.js',
    'app://bundle/..%2f..%2fsecret.js',
    'app://bundle/assets/..%5c..%5csecret.js',
    'app://bundle/%00.js',
    'app://bundle/%zz.js',
    'app://bundle/data.db',
    'app://other/index.html',
    'https://bundle/index.html',
    'file:///etc/passwd',
    'not an address',
  ])('gives nothing for %s', (address) => {
    const asset = assetFor(bundle, address);
    // A parser may fold the dots away; then what is left must still lie inside.
    expect(asset === null || asset.path.startsWith(join(bundle, '/'))).toBe(true);
    expect(asset?.path ?? '').not.toContain('..');
  });
});

describe('isOurs', () => {
  it('compares parsed origins, never text', () => {
    expect(isOurs('app://bundle/x#/queue')).toBe(true);
    const strangers = [
      'app://bundle.evil/',
      'https://evil/app://bundle/',
      'app://evil@bundle/',
      'app://bundle:1/',
      'about:blank',
      '',
    ];
    expect(strangers.filter((address) => isOurs(address))).toEqual([]);
  });
});

describe('contentSecurityPolicy', () => {
  it('lets nothing but our own files in', () => {
    const policy = contentSecurityPolicy(null);
    expect(policy).toContain(`default-src 'none'`);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(contentSecurityPolicy('abc')).toContain(`style-src 'self' 'nonce-abc'`);
  });
});
