import { describe, expect, it } from 'vitest';
import { createLedger, type Found } from './ledger.ts';
import { runKills } from './kill-runs.ts';
import { runDisks } from './tier.ts';
import { readWal } from './wal.ts';

const sale = {
  id: 'x',
  number: '1-000001',
  total: 5,
  lines: 2,
  lineTotal: 5,
  moves: 2,
  balance: 0,
  charged: 0,
  credit: false,
};
const found = (sales: Found['sales'], edits: [number, number][] = []): Found => ({
  sales,
  notes: { move: [], credit: [], customer: [] },
  edits: new Map(edits),
});

describe('the ledger', () => {
  it('finds what is lost, doubled, half there, of another id, without a receipt or never asked for', () => {
    const ledger = createLedger(0);
    const serial = ledger.ask('sale', 2);
    ledger.answered(serial, 'x');
    const whole = { ...sale, serial };
    const ask = (...sales: Found['sales']) => ledger.problems(found(sales), false).join('; ');
    expect(ask(whole)).toBe('');
    expect(ask()).toContain('was answered and is lost');
    expect(ask(whole, { ...whole, number: '1-000002' })).toContain('is there 2 times');
    expect(ask({ ...whole, lines: 1 })).toContain('has 1 of 2 lines');
    expect(ask({ ...whole, moves: 1 })).toContain('moved 1 of 2 products');
    expect(ask({ ...whole, lineTotal: 4 })).toContain('its lines are 4');
    expect(ask({ ...whole, balance: 7 })).toContain('off by 7');
    expect(ask({ ...whole, credit: true })).toContain('charged 0');
    expect(ask({ ...whole, id: 'y' })).toContain('another id');
    expect(ask({ ...whole, number: '1-000002' })).toContain('receipts of counter 1');
    expect(ask(whole, { ...sale, serial: 99, number: '1-000002' })).toContain('was never asked for');
  });

  it('lets an unanswered request be there or not, and never change its mind', () => {
    const there = createLedger(0);
    const first = { ...sale, serial: there.ask('sale', 2) };
    expect(there.problems(found([first]), true)).toEqual([]);
    expect(there.problems(found([]), false)).toEqual([expect.stringContaining('lost')]);
    const gone = createLedger(0);
    const second = { ...sale, serial: gone.ask('sale', 2) };
    expect(gone.problems(found([]), true)).toEqual([]);
    expect(gone.problems(found([second]), false)).toEqual([expect.stringContaining('was not saved and is there')]);
  });

  it('wants the last answered edit of a customer, or a later one', () => {
    const ledger = createLedger(0);
    const customer = ledger.ask('customer');
    const edits = [1, 2, 3].map(() => ledger.askEdit(customer));
    ledger.answered(edits[1] as number, null);
    const problems = (edit: number) =>
      ledger.problems(found([], [[customer, edit]]), false).filter((text) => text.includes('edit'));
    expect(problems(edits[0] as number)).toEqual([expect.stringContaining('is lost')]);
    expect(problems(edits[1] as number)).toEqual([]);
    expect(problems(edits[2] as number)).toEqual([]);
  });
});

describe('readWal', () => {
  it('takes frames of the present generation only, and whole ones only', () => {
    const log = Buffer.alloc(32 + 3 * (24 + 512));
    log.writeUInt32BE(0x377f0682, 0);
    log.writeUInt32BE(512, 8);
    log.fill(9, 16, 24);
    for (const [index, [page, size, salt]] of [
      [5, 0, 9],
      [6, 7, 9],
      [8, 8, 1],
    ].entries()) {
      const at = 32 + index * (24 + 512);
      log.writeUInt32BE(page as number, at);
      log.writeUInt32BE(size as number, at + 4);
      log.fill(salt as number, at + 8, at + 16);
    }
    const frames = [
      { at: 32, page: 5, commits: false },
      { at: 568, page: 6, commits: true },
    ];
    expect(readWal(log)).toEqual({ pageSize: 512, frames });
    expect(readWal(log.subarray(0, 1104))?.frames).toHaveLength(2);
    expect(readWal(log.subarray(0, 1103))?.frames).toHaveLength(1);
    expect(readWal(log.subarray(0, 31))).toBeNull();
  });
});

describe('the disk', () => {
  it('takes nothing with it when the host is killed', async () => {
    const report = await runKills({ runs: 10, seed: 7, history: 300, oldSales: 200, say: () => undefined });
    expect(report.problems).toEqual([]);
    expect(report.kills).toBe(10);
    expect(report.sales.answered).toBeGreaterThan(200);
    expect(report.phases.push + report.phases.pull + report.phases.bootstrap).toBeGreaterThan(0);
  }, 600_000);

  it('keeps what was answered through power cuts, says when it is damaged, full or read-only, and goes on', async () => {
    const { powerCuts, fullDisks } = await runDisks(7, 10, 1);
    expect([...powerCuts.problems, ...fullDisks.problems]).toEqual([]);
    expect(powerCuts.copies).toBe(10);
    expect(powerCuts.harms.cut).toBe(10);
    expect(powerCuts.calledDamaged).toBeGreaterThan(0);
    expect(fullDisks.refused).toBe(12 * fullDisks.kinds.length);
  }, 600_000);
});
