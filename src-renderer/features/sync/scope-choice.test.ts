import { describe, expect, it } from 'vitest';
import type { ScopeItem, ScopesReport } from '#shared/contract/schemas.ts';
import { changesOf, windowChoices } from './scope-choice.ts';

function item(scope: string, chosen: boolean, fixed = false): ScopeItem {
  const state = chosen ? 'here' : 'absent';
  return {
    scope,
    kind: 'store',
    name: scope,
    fixed,
    chosen,
    through: null,
    state,
    rows: 10,
    bytes: 900,
    progress: null,
  };
}
const report: ScopesReport = {
  scopes: [item('chain', true, true), item('store:a', true, true), item('store:b', true), item('store:c', false)],
  windows: [{ name: 'sales', tables: ['transactions'], days: 90, since: 0 }],
};
const present = new Set(['chain', 'store:a', 'store:b']);

describe('a choice of scopes', () => {
  it('changes nothing when it is the present one, whatever is fixed', () => {
    expect(changesOf(report, present, { sales: 90 })).toEqual([]);
    expect(changesOf(report, new Set(['store:b']), { sales: 90 })).toEqual([]);
  });

  it('says what comes and what goes', () => {
    expect(changesOf(report, new Set(['chain', 'store:a', 'store:c']), { sales: 90 })).toEqual([
      { kind: 'goes', name: 'store:b', rows: 10 },
      { kind: 'comes', name: 'store:c' },
    ]);
  });

  it('says whether sales are kept shorter or longer', () => {
    expect(changesOf(report, present, { sales: 30 })).toEqual([{ kind: 'shorter', days: 30 }]);
    expect(changesOf(report, present, { sales: 365 })).toEqual([{ kind: 'longer', days: 365 }]);
    expect(changesOf(report, present, { sales: null })).toEqual([{ kind: 'longer', days: null }]);
  });

  it('offers the present window beside the usual ones', () => {
    expect(windowChoices(null)).toEqual([30, 90, 365, null]);
    expect(windowChoices(45)).toEqual([30, 45, 90, 365, null]);
  });
});
