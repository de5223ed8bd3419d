import type { Economy, Operator, ScopeItem, ScopesReport } from '#shared/contract/schemas.ts';
import { appError } from '#shared/contract/errors.ts';
import { fail, ok } from '#shared/result.ts';
import type { Announce, Answers } from './fixture-decisions.ts';

const item = (scope: string, kind: ScopeItem['kind'], name: string, rest: Partial<ScopeItem>): ScopeItem => ({
  scope,
  kind,
  name,
  fixed: false,
  chosen: false,
  through: null,
  state: 'absent',
  rows: 0,
  bytes: 0,
  progress: null,
  ...rest,
});

/** What the sync screen asks for; remembers what was chosen. */
export function synchronising(params: URLSearchParams, announce: Announce): Answers {
  const progress = params.has('filling') ? { done: 18_400, total: 43_967 } : null;
  const report: ScopesReport = {
    scopes: [
      item('chain', 'chain', 'Chain', { fixed: true, chosen: true, state: 'here', rows: 1284, bytes: 310_000 }),
      item('store:1', 'store', 'Aling Nena Store', {
        fixed: true,
        chosen: true,
        state: progress ? 'loading' : 'here',
        rows: 43_967,
        bytes: 9_400_000,
        progress,
      }),
      item('store:2', 'store', 'Mang Berto Store', { chosen: true, state: 'here', rows: 12_080, bytes: 2_600_000 }),
      item('region:NCR', 'region', 'NCR', {}),
    ],
    windows: [{ name: 'sales', tables: ['transactions'], days: 90, since: Date.now() - 90 * 86_400_000 }],
  };
  let operator: Operator | null = null;
  let economy: Economy = { mode: 'auto', upBytesPerSecond: null, downBytesPerSecond: 200_000, metered: false };
  return {
    'scopes.get': () => ok(report),
    'scopes.choose': ({ scopes, windows }) => {
      for (const one of report.scopes) Object.assign(one, { chosen: one.fixed || scopes.includes(one.scope) });
      for (const one of report.windows) one.days = windows?.[one.name] ?? null;
      announce(['_sync']);
      return ok({});
    },
    'operator.get': () => ok(operator),
    'operator.signIn': ({ email, password }) => {
      if (password !== 'correct') return fail(appError('sign-in-refused'));
      operator = { name: 'Liza Santos', email, role: 'operator', signedInAt: Date.now() };
      announce(['_sync']);
      return ok(operator);
    },
    'operator.signOut': () => {
      operator = null;
      announce(['_sync']);
      return ok({});
    },
    'sync.economy.get': () => ok(economy),
    'sync.economy.set': (settings) => {
      economy = { ...settings, metered: settings.mode === 'on' };
      announce(['_sync']);
      return ok(economy);
    },
  };
}
