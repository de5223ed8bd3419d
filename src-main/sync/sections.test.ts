import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Section } from '#shared/sync/protocol.ts';
import { rebase, type Values } from '#shared/sync/rebase.ts';
import { buildSections, type Operation } from './sections.ts';

type Step = { row: number; kind: 'edit' | 'delete'; name: string; qty: number };
const step = fc.record({
  row: fc.integer({ min: 0, max: 2 }),
  kind: fc.constantFrom<Step['kind']>('edit', 'edit', 'edit', 'delete'),
  name: fc.constantFrom('A', 'B', 'C'),
  qty: fc.integer({ min: -50, max: 50 }),
});

/** What a PC would have captured: each step inserts, changes or deletes the row as it stands. */
function capture(steps: readonly Step[]): { operations: Operation[]; rows: Map<string, Values> } {
  const rows = new Map<string, Values>();
  const operations: Operation[] = [];
  steps.forEach(({ row, kind, name, qty }, index) => {
    const rowId = `row-${row}`;
    const before = rows.get(rowId);
    const common = {
      seq: index + 1,
      txn: index + 1,
      table: 'stock_levels',
      rowId,
      base: 0,
      hlc: index,
      actor: 'clerk',
    } as const;
    const after: Values = { store_id: 's', product_id: name, qty: (Number(before?.qty ?? 0) || 0) + qty };
    if (kind === 'delete') {
      if (before) operations.push({ ...common, op: 'D', after: null, before });
      rows.delete(rowId);
    } else if (before) {
      operations.push({
        ...common,
        op: 'U',
        after: { product_id: name, qty: after.qty ?? 0 },
        before: { product_id: before.product_id ?? null, qty: before.qty ?? null },
      });
      rows.set(rowId, after);
    } else {
      operations.push({ ...common, op: 'I', after, before: null });
      rows.set(rowId, after);
    }
  });
  return { operations, rows };
}

/** What the cloud does with sections, on rows that nobody else touched. */
function apply(sections: readonly Section[]): Map<string, Values> {
  const rows = new Map<string, Values>();
  for (const section of sections) {
    for (const row of section.rows) {
      const id = row[1];
      if (section.o === 'D') rows.delete(id);
      else if (section.o === 'I')
        rows.set(id, Object.fromEntries(section.cols.map((name, i) => [name, row[5 + i] as string | number | null])));
      else {
        const [after, before] = row.slice(5) as [Values, Values];
        const next = rebase('stock_levels', rows.get(id) ?? null, [{ op: 'U', after, before }]);
        if (next) rows.set(id, next);
      }
    }
  }
  return rows;
}

describe('buildSections', () => {
  it('means the same as the operations one by one', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const { operations, rows } = capture(steps);
        expect(apply(buildSections(operations))).toEqual(rows);
      }),
      { numRuns: 500 },
    );
  });

  it('has a row at most once in a section, so that the cloud can apply it as a set', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        for (const section of buildSections(capture(steps).operations)) {
          const ids = section.rows.map((row) => row[1]);
          expect(new Set(ids).size).toBe(ids.length);
        }
      }),
    );
  });

  it('folds a day of sales of one product into one change', () => {
    const steps = Array.from({ length: 60 }, (): Step => ({ row: 0, kind: 'edit', name: 'A', qty: -1 }));
    const [insert, ...more] = buildSections(capture(steps).operations);
    expect(insert).toMatchObject({ o: 'I', rows: [[0, 'row-0', 0, 59, 'clerk', 's', 'A', -60]] });
    expect(more).toEqual([]);
  });

  it('counts what was added, not what others did to the figure in between', () => {
    const common = { table: 'stock_levels', rowId: 'row-0', op: 'U', base: 3, hlc: 1, actor: 'clerk' } as const;
    const [section] = buildSections([
      { ...common, seq: 1, txn: 1, before: { qty: 10 }, after: { qty: 8 } },
      { ...common, seq: 2, txn: 2, before: { qty: 13 }, after: { qty: 12 } },
    ]);
    expect(section?.rows).toHaveLength(1);
    const [after, before] = (section?.rows[0] ?? []).slice(5) as [{ qty: number }, { qty: number }];
    expect(after.qty - before.qty).toBe(-3);
  });

  it('inserts parents before their children and deletes them after', () => {
    const common = { base: 0, hlc: 0, actor: 'clerk', after: {}, before: {} } as const;
    const operation = (
      seq: number,
      table: Operation['table'],
      op: Operation['op'],
      rowId = `row-${seq}`,
    ): Operation => ({
      ...common,
      seq,
      txn: seq,
      table,
      op,
      rowId,
    });
    const captured = [
      operation(1, 'transaction_items', 'D'),
      operation(2, 'transactions', 'D'),
      operation(3, 'transactions', 'I'),
      operation(4, 'transaction_items', 'I'),
      operation(5, 'products', 'I'),
      operation(6, 'products', 'U'),
    ];
    expect(buildSections(captured).map(({ t, o }) => `${o} ${t}`)).toEqual([
      'I products',
      'I transactions',
      'I transaction_items',
      'U products',
      'D transaction_items',
      'D transactions',
    ]);
  });

  it('gives the same bytes for the same operations', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const { operations } = capture(steps);
        expect(JSON.stringify(buildSections(operations))).toBe(JSON.stringify(buildSections(operations)));
      }),
    );
  });
});
