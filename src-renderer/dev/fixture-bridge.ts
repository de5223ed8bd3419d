import { appError } from '#shared/contract/errors.ts';
import type { Bridge } from '#shared/contract/names.ts';
import type { ImportProgress, SyncStatus } from '#shared/contract/schemas.ts';
import { fail, ok } from '#shared/result.ts';
import { customers, makeOverview, makeSales, makeStatus, products } from './fixture-data.ts';
import { serving } from './fixture-services.ts';
import { synchronising } from './fixture-sync.ts';
import { decisions, page, type Announce, type Answers } from './fixture-decisions.ts';

/**
 * A bridge without a host, for looking at the screens in a plain browser during development. `?state=` names the sync state;
 * `?empty`, `?first`, `?slow` and `?broken` show the empty, first-run, loading and failing screens. Remembers changes until
 * the page is loaded again. Never part of a production build.
 */
export function createFixtureBridge(query: string): Bridge {
  const params = new URLSearchParams(query);
  const listeners = new Map<string, Set<(data: unknown) => void>>();
  const emit = (event: string, data: unknown): void => listeners.get(event)?.forEach((listener) => listener(data));
  const announce: Announce = (tables) => {
    emit('changes', { tables, origin: 'local' });
    emit('status', { state: 'syncing' });
  };
  const answers: Answers = {
    ...readings(params),
    ...records(announce),
    ...decisions(params, announce),
    ...importing(emit),
    ...synchronising(params, announce),
    ...serving(params, announce),
  };
  return {
    async call(name, input) {
      if (params.has('slow')) await new Promise((resolve) => setTimeout(resolve, 3_600_000));
      if (params.has('broken') && name !== 'status.get') return fail(appError('database-locked', 'store.db'));
      const answer = answers[name] as ((given: unknown) => unknown) | undefined;
      return answer === undefined
        ? fail(appError('sync-broken', `The fixture does not know ${name}`))
        : await answer(input);
    },
    on(event, listener) {
      const set = listeners.get(event) ?? new Set();
      listeners.set(event, set.add(listener));
      return () => set.delete(listener);
    },
    shell: {
      chooseImportFile: () => Promise.resolve(params.get('file') ?? '/data/sales-october.csv'),
      chooseBundle: () => Promise.resolve(params.get('file') ?? '/stick/counter-1.pulserbundle'),
      chooseFolder: () => Promise.resolve('/home/store/Documents/Exports'),
      saveBundle: (name) => Promise.resolve(`/stick/${name}`),
    },
  };
}

function readings(params: URLSearchParams): Answers {
  const started = Date.now();
  const states = ['synced', 'syncing', 'offline', 'paused', 'attention', 'error'] as const;
  const state: SyncStatus['state'] = states.find((one) => one === params.get('state')) ?? 'offline';
  const status = makeStatus(state, started);
  const first = params.has('first') ? { store: null, device: null } : {};
  const empty = params.has('empty');
  return {
    'status.get': () => ok({ ...status, ...first }),
    'overview.get': () => ok(makeOverview(Date.now())),
    'sync.now': () => ok({}),
    'sync.pause': () => ok({}),
    'sync.resume': () => ok({}),
    'device.enrol': ({ code }) =>
      code === 'STORE-001' ? ok({ deviceId: 'd1', storeId: 's1' }) : fail(appError('code-refused')),
    'stock.list': ({ productIds }) =>
      ok({ items: empty ? [] : productIds.map((productId, index) => ({ productId, qty: ((index * 7) % 40) * 1000 })) }),
  };
}

function records(announce: Announce): Answers {
  const sales = makeSales(Date.now());
  const matches = (search: string | undefined, ...texts: (string | null)[]): boolean =>
    texts.some((text) => (text ?? '').toLowerCase().includes((search ?? '').toLowerCase()));
  return {
    'products.list': (input) =>
      page(
        products.filter((one) => matches(input.search, one.name, one.sku, one.local_name, one.brand)),
        input,
      ),
    'products.update': ({ id, changes }) => {
      const product = products.find((one) => one.id === id);
      if (product === undefined) return fail(appError('not-found'));
      Object.assign(product, changes);
      announce(['products', '_queue']);
      return ok({});
    },
    'products.create': (input) => {
      const id = `new-${products.length}`;
      products.unshift({ ...input, id, local_name: null, brand: null, active: 1 });
      announce(['products', '_queue']);
      return ok({ id });
    },
    'customers.list': (input) =>
      page(
        customers.filter((one) => matches(input.search, one.name, one.phone)),
        input,
      ),
    'customers.update': ({ id, changes }) => {
      Object.assign(customers.find((one) => one.id === id) ?? {}, changes);
      announce(['customers', '_queue']);
      return ok({});
    },
    'customers.create': ({ name, phone }) => {
      const id = `new-${customers.length}`;
      customers.unshift({
        id,
        name,
        phone: phone ?? null,
        address: null,
        credit_limit: 0,
        note: null,
        tags: [],
        first_visit_at: null,
        last_visit_at: null,
      });
      announce(['customers', '_queue']);
      return ok({ id });
    },
    'credit.record': () => ok({ id: 'credit' }),
    'stock.move': () => ok({}),
    'sales.list': (input) => page(sales, input),
    'sales.record': ({ items, payment }) => {
      const total = items.reduce(
        (sum, item) =>
          sum + Math.round(((products.find((one) => one.id === item.productId)?.price ?? 0) * item.qty) / 1000),
        0,
      );
      const number = `1-${String(144 + sales.length).padStart(6, '0')}`;
      const id = `sale-${sales.length}`;
      sales.unshift({
        id,
        number,
        at: Date.now(),
        total,
        lines: items.length,
        payment,
        voidedAt: null,
        journey: 'saved',
      });
      announce(['transactions', '_queue']);
      return ok({ id, number, total });
    },
    'sales.void': ({ id }) => {
      Object.assign(sales.find((sale) => sale.id === id) ?? {}, { voidedAt: Date.now() });
      announce(['transactions', '_queue']);
      return ok({});
    },
  };
}

function importing(emit: (event: string, data: unknown) => void): Answers {
  let progress: ImportProgress | null = null;
  const step = (): void => {
    if (progress === null || progress.state !== 'running') return;
    const bytesDone = Math.min(progress.bytesTotal, progress.bytesDone + 21_000);
    const share = bytesDone / progress.bytesTotal;
    const state = bytesDone === progress.bytesTotal ? 'done' : 'running';
    progress = { ...progress, bytesDone, sales: Math.round(9835 * share), lines: Math.round(43_367 * share), state };
    emit('import', { id: progress.id });
    if (state === 'running') setTimeout(step, 120);
  };
  return {
    'import.inspect': ({ path }) => {
      const baskets = path.includes('groceries');
      return ok({
        path,
        kind: baskets ? 'baskets' : 'table',
        bytes: 512_400,
        header: baskets ? [] : ['Receipt', 'Date', 'Time', 'Item', 'Qty', 'Price', 'Paid by'],
        sample: baskets
          ? [
              ['citrus fruit', 'semi-finished bread', 'margarine', 'ready soups'],
              ['tropical fruit', 'yogurt', 'coffee'],
              ['whole milk'],
            ]
          : [
              ['A-1001', '2026-10-01', '06:42', 'Kape Uno 3-in-1', '2', '8.50', 'cash'],
              ['A-1001', '2026-10-01', '06:42', 'Tinapay Umaga', '4', '5.00', 'cash'],
              ['A-1002', '2026-10-01', '06:44', 'Bigas Ani 1 kg', '1.5', '52.00', 'gcash'],
            ],
        suggestion: baskets
          ? null
          : {
              date: 'Date',
              time: 'Time',
              receipt: 'Receipt',
              product: 'Item',
              quantity: 'Qty',
              unitPrice: 'Price',
              payment: 'Paid by',
            },
        importedBefore: false,
      });
    },
    'import.start': ({ path }) => {
      const bad = [
        { line: 17, reason: '“abc” is not a quantity', text: 'A-1009,2026-10-01,07:02,Mani Alat,abc,7.00,cash' },
        { line: 203, reason: '“31.02.2026” is not a date', text: 'A-1077,31.02.2026,11:15,Suka Tamis,1,22.00,cash' },
      ];
      progress = {
        id: 'import-1',
        path,
        state: 'running',
        bytesDone: 0,
        bytesTotal: 512_400,
        sales: 0,
        lines: 0,
        skipped: 0,
        badCount: 2,
        bad,
        error: null,
      };
      setTimeout(step, 120);
      return ok({ id: 'import-1' });
    },
    'import.cancel': () => {
      if (progress !== null) progress = { ...progress, state: 'cancelled' };
      emit('import', { id: 'import-1' });
      return ok({});
    },
    'import.get': () => ok(progress),
  };
}
