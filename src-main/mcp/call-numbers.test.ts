import { expect, it } from 'vitest';
import { createCallCounts } from './call-numbers.ts';

const call = { service: 'scout', kind: 'tool', name: 'get_dashboard', outcome: 'ok', ms: 1 } as const;

it('keeps how calls of a service and of each tool went', () => {
  const counts = createCallCounts();
  for (let ms = 1; ms <= 100; ms += 1) counts.record({ ...call, ms });
  counts.record({ ...call, name: 'void_transaction', ms: 900, outcome: 'declined' });
  counts.record({ ...call, name: 'void_transaction', ms: 1, outcome: 'asked' });
  counts.record({ ...call, kind: 'resource', name: 'get_dashboard', ms: 2 });
  const tool = counts.ofTool('scout', 'get_dashboard');
  expect(tool).toMatchObject({ count: 100, errors: 0 });
  expect(tool.p50Ms).toBeCloseTo(50, 0);
  expect(tool.p95Ms).toBeCloseTo(95, 0);
  expect(counts.ofTool('scout', 'void_transaction')).toMatchObject({ count: 2, errors: 1 });
  expect(counts.ofService('scout')).toMatchObject({ count: 103, errors: 1 });
  expect(counts.ofService('scout').maxMs / 900).toBeCloseTo(1, 1);
});

it('says nothing of what was never called, and bears times that no clock should tell', () => {
  const counts = createCallCounts();
  expect(counts.ofTool('scout', 'get_dashboard')).toEqual({
    count: 0,
    errors: 0,
    p50Ms: 0,
    p95Ms: 0,
    p99Ms: 0,
    maxMs: 0,
  });
  for (const ms of [0, -5, 1e12]) counts.record({ ...call, ms });
  expect(counts.ofService('scout').count).toBe(3);
  expect(counts.ofService('voice').count).toBe(0);
});
