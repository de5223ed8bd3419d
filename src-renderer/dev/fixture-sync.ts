import type { BundleRun } from '#shared/contract/bundles.ts';
import type { Economy } from '#shared/contract/economy.ts';
import type { Operator, ScopeItem, ScopesReport } from '#shared/contract/schemas.ts';
import type { PastVerification } from '#shared/contract/verification.ts';
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
    ...comparing(announce),
    ...carrying(announce),
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

/** Compares: the first time something differs, from then on nothing. */
function comparing(announce: Announce): Answers {
  const nothing = { missing: 0, extra: 0, different: 0, version: 0 };
  const past = (id: number, hoursAgo: number, rest: Partial<PastVerification>): PastVerification => ({
    id,
    at: Date.now() - hoursAgo * 3_600_000,
    cause: 'schedule',
    depth: 'content',
    whole: false,
    outcome: 'equal',
    rows: 1832,
    repaired: nothing,
    reason: null,
    ...rest,
  });
  const items = [past(3, 1, {}), past(2, 2, {}), past(1, 20, { depth: 'versions', whole: true, rows: 45_251 })];
  return {
    'sync.verifications': ({ limit }) =>
      ok({ latest: items.find((one) => one.whole) ?? null, items: items.slice(0, limit) }),
    'sync.verify': ({ depth = 'content' }) => {
      const equal = items.some(({ outcome }) => outcome === 'repaired');
      const repaired = equal ? nothing : { ...nothing, missing: 2, different: 1 };
      const outcome = equal ? 'equal' : 'repaired';
      items.unshift(
        past(items.length + 1, 0, { cause: 'operator', depth, whole: true, outcome, rows: 45_251, repaired }),
      );
      announce(['_sync']);
      const table = (name: string, rows: number, wrong: number) => ({
        table: name,
        rows,
        cloudRows: rows,
        differingBuckets: wrong,
        repaired: wrong,
      });
      const wrong = equal ? 0 : 3;
      const tables = [
        table('products', 1284, 0),
        table('transactions', 9836, wrong),
        table('transaction_items', 34_131, 0),
      ];
      return ok({ depth, equal, reason: null, tables, repaired });
    },
  };
}

/** Sticks: a bundle of this PC can be written, and one of another PC opened. */
function carrying(announce: Announce): Answers {
  const items: BundleRun[] = [];
  const note = (kind: BundleRun['kind'], deviceName: string, operations: number, confirmed: boolean | null): void => {
    const rest = { file: 'counter.pulserbundle', batches: 1, refused: 0, outcome: 'done', error: null } as const;
    items.unshift({ id: items.length + 1, at: Date.now(), kind, deviceName, operations, confirmed, ...rest });
    announce(['_sync']);
  };
  return {
    'bundle.list': ({ limit }) => ok({ items: items.slice(0, limit) }),
    'bundle.export': ({ path }) => {
      note('export', 'Counter 1', 37, false);
      return ok({ path, batches: 1, operations: 37, bytes: 9_200, left: 2 });
    },
    'bundle.inspect': ({ path }) =>
      path.endsWith('.csv')
        ? fail(appError('not-a-bundle'))
        : ok({
            kind: 'bundle',
            deviceName: 'Counter 2',
            storeName: 'Aling Nena Store',
            own: false,
            batches: 2,
            operations: 740,
            bytes: 61_000,
            createdAt: Date.now() - 3_600_000,
            importedBefore: false,
          }),
    'bundle.import': ({ path }) => {
      note('import', 'Counter 2', 738, null);
      const answerPath = path.replace(/bundle$/, 'answer');
      const counts = { batches: 2, operations: 738, known: 2, refused: 1, held: 0 };
      return ok({ kind: 'bundle', deviceName: 'Counter 2', ...counts, answerPath });
    },
  };
}
