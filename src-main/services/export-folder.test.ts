import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testStore } from '#main/store/testing.ts';
import { createExportFolder } from './export-folder.ts';

let folder: string;
let bench: ReturnType<typeof testStore>;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pulser-export-folder-'));
  bench = testStore();
});
afterAll(() => {
  bench.cleanup();
  rmSync(folder, { recursive: true, force: true });
});

it('is the configured folder until the operator chooses one, and again when they take that back', async () => {
  const { store } = bench;
  const { path, handlers } = createExportFolder(store, '/configured');
  const announced: string[] = [];
  store.onChange(({ tables }) => announced.push(...tables));
  expect(path()).toBe('/configured');
  expect(await handlers['exports.get']({})).toEqual({ ok: true, value: { path: '/configured', chosen: false } });
  const chosen = join(folder, 'for the accountant');
  expect(await handlers['exports.setFolder']({ path: chosen })).toEqual({ ok: true, value: {} });
  expect(existsSync(chosen)).toBe(true);
  expect(announced).toEqual(['_services']);
  // also after a restart
  expect(createExportFolder(store, '/configured').path()).toBe(chosen);
  await handlers['exports.setFolder']({ path: null });
  expect(path()).toBe('/configured');
});

it('stays where it was when nothing can be written there', async () => {
  const { path, handlers } = createExportFolder(bench.store, '/configured');
  const file = join(folder, 'a file');
  writeFileSync(file, '');
  expect(await handlers['exports.setFolder']({ path: join(file, 'below') })).toMatchObject({
    ok: false,
    error: { code: 'file-unwritable', detail: 'ENOTDIR' },
  });
  expect(await handlers['exports.setFolder']({ path: 'exports' })).toMatchObject({ error: { code: 'bad-input' } });
  expect(path()).toBe('/configured');
});
