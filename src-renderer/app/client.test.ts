import { expect, it } from 'vitest';
import type { Bridge } from '#shared/contract/names.ts';
import { createClient } from './client.ts';

const bridge = (call: Bridge['call']): Bridge => ({
  call,
  on: (_event, listener) => {
    listener({ tables: ['products'], origin: 'cloud' });
    return () => {};
  },
  shell: {
    chooseImportFile: () => Promise.resolve(null),
    chooseBundle: () => Promise.resolve(null),
    chooseFolder: () => Promise.resolve(null),
    saveBundle: () => Promise.resolve(null),
  },
});

it('passes calls on and answers back as they are', async () => {
  const seen: unknown[] = [];
  const client = createClient(
    bridge((name, input) => (seen.push(name, input), Promise.resolve({ ok: true, value: {} }))),
  );
  expect(await client.call('queue.retry', { txn: 7 })).toEqual({ ok: true, value: {} });
  expect(seen).toEqual(['queue.retry', { txn: 7 }]);
});

it('makes a broken bridge an expected failure', async () => {
  const client = createClient(bridge(() => Promise.reject(new Error('no handler'))));
  const answer = await client.call('sync.now', {});
  expect(answer).toMatchObject({ ok: false, error: { code: 'host-gone', detail: 'no handler' } });
});

it('hands events to their listeners', () => {
  const tables: string[] = [];
  createClient(bridge(() => Promise.resolve())).on('changes', (data) => tables.push(...data.tables));
  expect(tables).toEqual(['products']);
});
