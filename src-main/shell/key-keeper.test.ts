import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepKey } from './key-keeper.ts';
import type { KeyKeeperDeps, SystemKeyStore } from './key-keeper.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pulser-key-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Stands for encryption: the key is not readable as it was. */
function mirrored(text: string): string {
  return text.split('').toReversed().join('');
}
function system(backend: string, secret = 'x', available = true): SystemKeyStore {
  return {
    available: () => available,
    backend: () => backend,
    seal: (text) => Buffer.from(`${secret}:${mirrored(text)}`),
    open: (sealed) => {
      const text = Buffer.from(sealed).toString();
      if (!text.startsWith(`${secret}:`)) throw new Error('cannot decrypt');
      return mirrored(text.slice(secret.length + 1));
    },
  };
}
function deps(store: SystemKeyStore): KeyKeeperDeps {
  let next = 1;
  return {
    system: store,
    keyFile: join(folder, 'store.key'),
    database: join(folder, 'store.db'),
    random: (bytes) => bytes.map(() => next++),
  };
}
const keyOf = (result: ReturnType<typeof keepKey>): string => {
  if (!result.ok) throw new Error(result.error.detail);
  return Buffer.from(result.value.key).toString('hex');
};

describe('keepKey', () => {
  it('seals a new key with the system and finds it again', () => {
    const first = keepKey(deps(system('dpapi')));
    expect(first).toMatchObject({ ok: true, value: { keptBy: 'system' } });
    writeFileSync(join(folder, 'store.db'), 'x');
    expect(keyOf(keepKey(deps(system('dpapi'))))).toBe(keyOf(first));
    const file = readFileSync(join(folder, 'store.key.sealed'), 'utf8');
    expect(file).not.toContain(keyOf(first));
    expect(JSON.parse(file)).toMatchObject({ backend: 'dpapi' });
    expect(statSync(join(folder, 'store.key.sealed')).mode & 0o077).toBe(0);
  });

  it.each([system('basic_text'), system('unknown'), system('gnome_libsecret', 'x', false)])(
    'keeps the key in a file of its user where the system hides nothing (%#)',
    (store) => {
      const first = keepKey(deps(store));
      expect(first).toMatchObject({ ok: true, value: { keptBy: 'file' } });
      expect(statSync(join(folder, 'store.key')).mode & 0o077).toBe(0);
      writeFileSync(join(folder, 'store.db'), 'x');
      expect(keyOf(keepKey(deps(store)))).toBe(keyOf(first));
    },
  );

  it('stays with the key file of an existing store when a system store appears', () => {
    const first = keyOf(keepKey(deps(system('basic_text'))));
    const later = keepKey(deps(system('gnome_libsecret')));
    expect(later).toMatchObject({ ok: true, value: { keptBy: 'file' } });
    expect(keyOf(later)).toBe(first);
  });

  it.each([
    ['another backend', system('kwallet6'), 'gnome_libsecret'],
    ['no answer', system('gnome_libsecret', 'x', false), 'does not answer'],
    ['another user', system('gnome_libsecret', 'other'), 'does not open'],
  ])('explains %s and never makes a new key', (_name, store, words) => {
    keepKey(deps(system('gnome_libsecret')));
    const before = readFileSync(join(folder, 'store.key.sealed'), 'utf8');
    const later = keepKey(deps(store));
    expect(later).toMatchObject({ ok: false, error: { code: 'database-key', detail: expect.stringContaining(words) } });
    expect(readFileSync(join(folder, 'store.key.sealed'), 'utf8')).toBe(before);
  });

  it.each(['dpapi', 'basic_text'])('refuses a store whose key is missing (%s)', (backend) => {
    writeFileSync(join(folder, 'store.db'), 'x');
    expect(keepKey(deps(system(backend)))).toMatchObject({ ok: false, error: { code: 'database-key' } });
    expect(statSync(join(folder, 'store.key'), { throwIfNoEntry: false })).toBeUndefined();
  });

  it.each(['store.key', 'store.key.sealed'])('says so when %s is damaged', (name) => {
    writeFileSync(join(folder, name), 'garbage');
    expect(keepKey(deps(system('dpapi')))).toMatchObject({ ok: false, error: { code: 'database-key' } });
  });
});
