import type { CommandOutput } from '#shared/contract/commands.ts';
import type { Overview, Product, QueueItem, SyncStatus } from '#shared/contract/schemas.ts';

/** Made-up records of a made-up shop with fictional brands, to look at the screens without a host. */
type Customer = CommandOutput<'customers.list'>['items'][number];
type Sale = CommandOutput<'sales.list'>['items'][number];

const minute = 60_000;
const catalogue: readonly [
  name: string,
  local: string | null,
  brand: string,
  category: string,
  unit: string,
  price: number,
][] = [
  ['Kape Uno 3-in-1 26 g', 'kape', 'Kape Uno', 'Coffee', 'sachet', 850],
  ['Gatas Bundok 370 ml', 'gatas', 'Bundok', 'Dairy', 'can', 4800],
  ['Bigas Ani 1 kg', 'bigas', 'Ani', 'Rice', 'kg', 5200],
  ['Pansit Dali 60 g', 'pansit', 'Dali', 'Noodles', 'pack', 1200],
  ['Sabon Linaw 45 g', 'sabon', 'Linaw', 'Home care', 'sachet', 900],
  ['Sardinas Dagat 155 g', 'sardinas', 'Dagat', 'Canned', 'can', 2650],
  ['Suka Tamis 350 ml', 'suka', 'Tamis', 'Condiments', 'bottle', 2200],
  ['Toyo Itim 350 ml', 'toyo', 'Itim', 'Condiments', 'bottle', 2400],
  ['Tsokolate Saya 20 g', null, 'Saya', 'Confectionery', 'pc', 1000],
  ['Malamig Cola 290 ml', 'softdrink', 'Malamig', 'Soft drinks', 'bottle', 1800],
  ['Malamig Orange 290 ml', 'softdrink', 'Malamig', 'Soft drinks', 'bottle', 1800],
  ['Chicha Lutong 25 g', 'chicha', 'Lutong', 'Snacks', 'pack', 800],
  ['Mani Alat 30 g', 'mani', 'Alat', 'Snacks', 'pack', 700],
  ['Shampoo Ganda 10 ml', null, 'Ganda', 'Personal care', 'sachet', 600],
  ['Tinapay Umaga', 'tinapay', 'Umaga', 'Bread', 'pc', 500],
];

function id(kind: string, index: number): string {
  return `0192f3a0-${kind}-7000-8000-${String(index).padStart(12, '0')}`;
}

/** Sixty products: the catalogue in four sizes. */
export const products: Product[] = Array.from({ length: 60 }, (_, index) => {
  const [name, local_name, brand, category, unit, price] = catalogue[index % catalogue.length]!;
  const size = Math.floor(index / catalogue.length);
  return {
    id: id('7001', index),
    sku: `PF-${1001 + index}`,
    name: size === 0 ? name : `${name}, ${size + 1} pcs`,
    local_name,
    brand,
    category,
    unit,
    price: price * (size + 1) - size * 50,
    cost: Math.round(price * (size + 1) * 0.78),
    active: index % 17 === 16 ? 0 : 1,
  };
});

const people = [
  'Aling Rosa',
  'Mang Tonyo',
  'Ate Liza',
  'Kuya Ben',
  'Nanay Pacing',
  'Tess Villar',
  'Jun Abad',
  'Mila Cruz',
];
export const customers: Customer[] = people.map((name, index) => ({
  id: id('7002', index),
  name,
  phone: index % 3 === 2 ? null : `0917 555 ${String(1200 + index * 37)}`,
  address: `Purok ${(index % 5) + 1}`,
  credit_limit: 50_000 + index * 25_000,
  note: null,
  tags: index % 2 === 0 ? ['suki'] : [],
  first_visit_at: 1_790_000_000_000,
  last_visit_at: 1_795_000_000_000,
}));

export function makeSales(now: number): Sale[] {
  return Array.from({ length: 14 }, (_, index): Sale => ({
    id: id('7003', index),
    number: `1-${String(143 - index).padStart(6, '0')}`,
    at: now - index * 7 * minute - 20_000,
    total: [8400, 1750, 5200, 26_350, 850, 12_900, 2400][index % 7]!,
    lines: [3, 1, 1, 7, 1, 4, 2][index % 7]!,
    payment: (['cash', 'cash', 'gcash', 'credit', 'cash', 'maya', 'cash'] as const)[index % 7]!,
    voidedAt: index === 5 ? now - 30 * minute : null,
    journey: index < 3 ? 'saved' : index === 4 ? 'refused' : 'confirmed',
  }));
}

function change(column: string, before: unknown, after: unknown) {
  return { column, before, after };
}

export function makeQueue(now: number): QueueItem[] {
  const base = { operations: 1, reason: null, actions: [], changes: [] };
  return [
    {
      ...base,
      txn: 512,
      title: 'Sale ₱ 84.00, 3 lines',
      table: 'transactions',
      op: 'I',
      operations: 10,
      actor: 'Clerk',
      at: now - minute,
      state: 'saved',
    },
    {
      ...base,
      txn: 511,
      title: 'Stock of Bigas Ani 1 kg',
      table: 'stock_levels',
      op: 'U',
      operations: 2,
      actor: 'Clerk',
      at: now - 2 * minute,
      state: 'sending',
      changes: [change('qty', 24_000, 22_000)],
    },
    {
      ...base,
      txn: 509,
      title: 'Credit payment ₱ 150.00',
      table: 'credit_entries',
      op: 'I',
      actor: 'Owner',
      at: now - 8 * minute,
      state: 'saved',
    },
    {
      ...base,
      txn: 508,
      title: 'Kape Uno 3-in-1 26 g',
      table: 'products',
      op: 'U',
      actor: 'Owner',
      at: now - 12 * minute,
      state: 'saved',
      changes: [change('price', 800, 850), change('cost', 610, 640)],
    },
    {
      ...base,
      txn: 498,
      title: 'Delivery, 24 Gatas Bundok 370 ml',
      table: 'stock_movements',
      op: 'I',
      operations: 2,
      actor: 'Owner',
      at: now - 28 * minute,
      state: 'refused',
      reason: 'It refers to a record that the cloud does not have (stock movements product).',
      actions: ['edit', 'retry', 'discard'],
    },
    {
      ...base,
      txn: 499,
      title: 'Sale ₱ 48.00, 1 line',
      table: 'transactions',
      op: 'I',
      operations: 4,
      actor: 'Clerk',
      at: now - 27 * minute,
      state: 'held',
      reason: 'It changes the same record as something that was refused. It waits until that is settled.',
      actions: ['retry', 'discard'],
    },
  ];
}

/** The status of a named state, as the host would give it. */
export function makeStatus(state: SyncStatus['state'], now: number): SyncStatus {
  const calm = state === 'synced';
  return {
    state,
    phase: state === 'syncing' ? 'pushing' : 'idle',
    waiting: calm ? 0 : 12,
    oldestWaitingAt: calm ? null : now - 17 * minute,
    stuck: calm ? 0 : 2,
    openConflicts: calm ? 0 : 3,
    lastSuccessAt: now - 18 * minute,
    nextAttemptAt: now + 40_000,
    pause: state === 'paused' ? { until: now + 42 * minute, reason: 'Paused at this PC' } : null,
    failure:
      state === 'error'
        ? {
            code: 'sign-in-expired',
            message: 'The cloud no longer accepts the sign-in of this PC. Changes wait on this PC.',
            action: 'Enrol this PC again with a code from your supervisor.',
            retryable: false,
          }
        : null,
    progress: state === 'syncing' ? { done: 120, total: 400 } : null,
    filling: null,
    store: { id: 's1', name: 'Tindahan ni Rosa' },
    device: { id: 'd1', name: 'Counter 1' },
    keyKeptBy: 'system',
    warnings: [],
  };
}

export function makeOverview(now: number): Overview {
  const hours = [
    0, 0, 0, 0, 0, 0, 210, 480, 1160, 980, 640, 520, 450, 500, 560, 510, 610, 930, 1240, 1100, 760, 420, 180, 0,
  ];
  const sent = [40, 30, 20, 380, 260, 22, 14, 40, 30, 4, 4, 4];
  return {
    today: { revenue: 841_250, sales: 143, lastWeek: 792_100, hours: hours.map((pesos) => pesos * 100) },
    tables: [
      { table: 'products', rows: 1284, waiting: 1, stuck: 0, conflicts: 2 },
      { table: 'customers', rows: 212, waiting: 0, stuck: 0, conflicts: 1 },
      { table: 'transactions', rows: 9978, waiting: 2, stuck: 1, conflicts: 0 },
      { table: 'transaction_items', rows: 43_811, waiting: 4, stuck: 0, conflicts: 0 },
      { table: 'stock_movements', rows: 51_208, waiting: 3, stuck: 1, conflicts: 0 },
      { table: 'stock_levels', rows: 1190, waiting: 2, stuck: 0, conflicts: 0 },
      { table: 'credit_entries', rows: 640, waiting: 1, stuck: 0, conflicts: 0 },
    ],
    runs: [],
    lastHour: {
      sent: 1284,
      received: 312,
      bytesUp: 61_200,
      bytesDown: 18_400,
      compression: 0.21,
      buckets: sent.map((count, index) => ({
        at: now - (11 - index) * 5 * minute,
        sent: count,
        received: Math.round(count / 4) + (index % 3) * 5,
      })),
    },
  };
}
