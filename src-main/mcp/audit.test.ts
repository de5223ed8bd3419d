import { afterEach, beforeEach, expect, it } from 'vitest';
import { testStore } from '#main/store/testing.ts';
import { silentLogger } from '#main/telemetry/logger.ts';
import { createAudit } from './audit.ts';
import type { Audit, CallRecord } from './audit.ts';

let opened: ReturnType<typeof testStore>;
let audit: Audit;
beforeEach(() => {
  opened = testStore();
  audit = createAudit({ store: opened.store, logger: silentLogger, after: () => () => undefined });
});
afterEach(() => {
  audit.close();
  opened.cleanup();
});

const call = (rest: Partial<CallRecord>): CallRecord => ({
  at: 1,
  client: 'Cursor',
  tokenId: 't1',
  service: 'scout',
  kind: 'tool',
  name: 'get_dashboard',
  outcome: 'ok',
  ms: 1,
  bytes: 10,
  ...rest,
});
const names = (request: Partial<Parameters<Audit['list']>[0]>): string[] => {
  const found = audit.list({ limit: 10, ...request });
  if (!found.ok) throw new Error(found.error.code);
  expect(found.value.total).toBe(found.value.items.length);
  return found.value.items.map(({ name }) => name);
};

it('finds calls by service, by client and by how they ended, alone and together', () => {
  audit.record(call({ name: 'a' }));
  audit.record(call({ name: 'b', tokenId: 't2', outcome: 'read-only' }));
  audit.record(call({ name: 'c', service: 'voice', outcome: 'unavailable' }));
  audit.record(call({ name: 'd', outcome: 'asked' }));
  expect(names({})).toEqual(['d', 'c', 'b', 'a']);
  expect(names({ service: 'scout' })).toEqual(['d', 'b', 'a']);
  expect(names({ tokenId: 't1' })).toEqual(['d', 'c', 'a']);
  expect(names({ failed: true })).toEqual(['c', 'b']);
  expect(names({ failed: true, service: 'scout', tokenId: 't2' })).toEqual(['b']);
  expect(names({ failed: true, service: 'scout', tokenId: 't1' })).toEqual([]);
});

it.each([
  ['_mcp_calls_service', `service = 'scout'`],
  ['_mcp_calls_token', `token_id = 't1'`],
  ['_mcp_calls_failed', `outcome NOT IN ('ok', 'asked')`],
])('reads no more than it looks for: %s', (index, filter) => {
  const plan = (sql: string): string =>
    opened.store.read
      .all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .map(({ detail }) => detail)
      .join('; ');
  expect(plan(`SELECT count(*) FROM _mcp_calls WHERE ${filter}`)).toContain(index);
  const page = plan(`SELECT * FROM _mcp_calls WHERE ${filter} AND id < 9 ORDER BY id DESC LIMIT 51`);
  expect(page).not.toContain('TEMP B-TREE');
});
