/**
 * The register of synced tables: which tables travel between store PCs and the cloud, with which columns, to whom, and what
 * happens when two PCs changed the same thing. Capture triggers, the cloud's feed, the merge and the screens all follow it.
 * The cloud keeps the same register in `sync.tables`; a test holds the two equal.
 */

/**
 * How a column's value looks locally, on the wire and in PostgreSQL:
 * - `id` UUIDv7 text, `text` text, `json` JSON text kept byte for byte
 * - `int` integer, `money` integer centavos (PHP), `qty` integer thousandths of the unit
 * - `bool` 0 or 1, `time` integer milliseconds since 1970 UTC (PostgreSQL: timestamptz(3))
 */
export type ColumnType = 'id' | 'text' | 'json' | 'int' | 'money' | 'qty' | 'bool' | 'time';

/**
 * What happens when this PC and somebody else changed the same field since they last agreed:
 * - `server` the cloud's value stays, `latest` the later change by hybrid logical clock wins
 * - `client` the change that arrives wins; the value it replaces is kept as history
 * - `add` both changes are added up (numbers only), `max` and `min` the greater or smaller one stands (numbers only; null loses)
 * - `union` a JSON array of texts as a set: what either side added or took out counts
 * - `state` forward only along `steps`: who takes a step that somebody else took already, without knowing it, has the whole local
 *   transaction refused (PF411), and this PC takes the cloud's rows by itself
 * - `manual` the cloud's value stays and a person decides
 */
export type ConflictPolicy = 'server' | 'client' | 'latest' | 'add' | 'max' | 'min' | 'union' | 'state' | 'manual';

export type Column = {
  readonly type: ColumnType;
  readonly policy: ConflictPolicy;
  readonly nullable: boolean;
  /** Only for `state`: the values in their order; `*` stands for every value that is not named. */
  readonly steps?: Steps;
};

/** The order of a `state` column's values; a value that is not in it comes before all. */
export type Steps = readonly (string | number | null)[];

/**
 * What happens when one deleted a record that somebody else changed without knowing of it, whoever came first:
 * - `delete` the record is gone and the change is kept as history, `keep` the record stays or comes back with the change
 * - `manual` the cloud's state stays and a person decides: deleted, or there with the change
 */
export type DeletePolicy = 'delete' | 'keep' | 'manual';

/** Which scope a row belongs to: the chain's shared one, the store in its `store_id`, or the one named in its `scope` column. */
export type ScopeRule = 'chain' | 'store' | 'named';

/** Which rows a PC can leave out when they are old: by a time of their own, or by their parent's. */
export type RowWindow =
  | { readonly name: 'sales'; readonly column: string }
  | { readonly name: 'sales'; readonly parent: string; readonly key: string };

export type SyncedTable = {
  readonly scope: ScopeRule;
  /** `both`: store PCs write and receive it; `down`: only the cloud writes it. */
  readonly direction: 'both' | 'down';
  readonly onDelete: DeletePolicy;
  /** Columns beside `id`, in the order of the wire. */
  readonly columns: Readonly<Record<string, Column>>;
  /** Columns that name a record to a person, best first. */
  readonly title: readonly string[];
  /** Without one, a PC has every row of the scope. */
  readonly window?: RowWindow;
  /** `first`: what the shop lives on. A local transaction with such a row is sent before bulk work that waits longer. */
  readonly priority?: 'first';
};

function column(type: ColumnType, policy: ConflictPolicy = 'server', nullable = false): Column {
  return { type, policy, nullable };
}
function optional(type: ColumnType, policy: ConflictPolicy = 'server'): Column {
  return column(type, policy, true);
}
function stepwise(type: ColumnType, steps: Steps): Column {
  return { type, policy: 'state', nullable: steps.includes(null), steps };
}

/** Synced tables by name. The app has one such register; another one is another version of the app. */
export type Register = Readonly<Record<string, SyncedTable>>;

/** Every synced table, parents before children: the order in which rows may be applied. */
export const register = {
  stores: {
    scope: 'chain',
    direction: 'down',
    onDelete: 'delete',
    columns: {
      code: column('text'),
      name: column('text'),
      region: column('text'),
      province: column('text'),
      city: column('text'),
      barangay: column('text'),
    },
    title: ['name'],
  },
  devices: {
    scope: 'store',
    direction: 'down',
    onDelete: 'delete',
    columns: {
      store_id: column('id'),
      name: column('text'),
      enrolled_at: column('time'),
      revoked_at: optional('time'),
    },
    title: ['name'],
  },
  products: {
    scope: 'chain',
    direction: 'both',
    onDelete: 'manual',
    columns: {
      sku: column('text', 'manual'),
      name: column('text', 'manual'),
      local_name: optional('text', 'manual'),
      brand: optional('text', 'latest'),
      category: column('text', 'latest'),
      unit: column('text', 'manual'),
      price: column('money', 'manual'),
      cost: column('money', 'latest'),
      active: column('bool', 'latest'),
    },
    title: ['name', 'sku'],
  },
  customers: {
    scope: 'store',
    direction: 'both',
    onDelete: 'keep',
    columns: {
      store_id: column('id'),
      name: column('text', 'manual'),
      phone: optional('text', 'manual'),
      address: optional('text', 'latest'),
      credit_limit: column('money', 'manual'),
      note: optional('text', 'client'),
      tags: optional('json', 'union'),
      first_visit_at: optional('time', 'min'),
      last_visit_at: optional('time', 'max'),
    },
    title: ['name'],
  },
  transactions: {
    scope: 'store',
    direction: 'both',
    onDelete: 'keep',
    columns: {
      store_id: column('id'),
      device_id: optional('id'),
      number: column('text'),
      started_at: column('time'),
      ended_at: column('time'),
      payment: column('text', 'manual'),
      customer_id: optional('id', 'manual'),
      customer_type: column('text', 'latest'),
      request_mode: column('text', 'latest'),
      request_type: column('text', 'latest'),
      suggestion: column('text', 'latest'),
      total: column('money', 'manual'),
      voided_at: stepwise('time', [null, '*']),
      void_reason: optional('text', 'latest'),
    },
    title: ['number'],
    window: { name: 'sales', column: 'started_at' },
    priority: 'first',
  },
  transaction_items: {
    scope: 'store',
    direction: 'both',
    onDelete: 'keep',
    columns: {
      store_id: column('id'),
      transaction_id: column('id'),
      line_no: column('int'),
      product_id: column('id', 'manual'),
      qty: column('qty', 'manual'),
      unit: column('text', 'manual'),
      unit_price: column('money', 'manual'),
      line_total: column('money', 'manual'),
      substituted_from: optional('id', 'latest'),
      substitution_reason: optional('text', 'latest'),
    },
    title: ['line_no'],
    window: { name: 'sales', parent: 'transactions', key: 'transaction_id' },
    priority: 'first',
  },
  stock_movements: {
    scope: 'store',
    direction: 'both',
    onDelete: 'delete',
    columns: {
      store_id: column('id'),
      product_id: column('id'),
      kind: column('text'),
      qty: column('qty'),
      transaction_id: optional('id'),
      at: column('time'),
      note: optional('text', 'latest'),
    },
    title: ['kind'],
    window: { name: 'sales', column: 'at' },
    priority: 'first',
  },
  stock_levels: {
    scope: 'store',
    direction: 'both',
    onDelete: 'keep',
    columns: {
      store_id: column('id'),
      product_id: column('id'),
      qty: column('qty', 'add'),
    },
    title: ['product_id'],
    priority: 'first',
  },
  credit_entries: {
    scope: 'store',
    direction: 'both',
    onDelete: 'manual',
    columns: {
      store_id: column('id'),
      customer_id: column('id'),
      kind: column('text'),
      amount: column('money', 'manual'),
      transaction_id: optional('id'),
      at: column('time'),
      note: optional('text', 'latest'),
    },
    title: ['kind'],
    priority: 'first',
  },
  transcripts: {
    scope: 'store',
    direction: 'both',
    onDelete: 'keep',
    columns: {
      store_id: column('id'),
      device_id: optional('id'),
      at: column('time'),
      region: optional('text', 'latest'),
      brand: optional('text', 'latest'),
      language: column('text', 'latest'),
      text: column('text', 'manual'),
      transaction_id: optional('id'),
      metadata: optional('json', 'latest'),
    },
    title: ['text'],
  },
  conflicts: {
    scope: 'named',
    direction: 'both',
    onDelete: 'delete',
    columns: {
      scope: column('text'),
      table_name: column('text'),
      row_id: column('id'),
      fields: column('json'),
      incoming_device: optional('id'),
      incoming_actor: optional('text'),
      incoming_at: column('time'),
      kept_device: optional('id'),
      kept_actor: optional('text'),
      kept_at: optional('time'),
      opened_at: column('time'),
      status: column('text'),
      resolution: optional('json'),
      resolved_by: optional('text'),
      resolved_device: optional('id'),
      resolved_at: optional('time'),
      kind: optional('text'),
      image: optional('json'),
      history: optional('json'),
    },
    title: ['table_name'],
  },
} as const satisfies Register;

/** The name of a synced table. */
export type TableName = keyof typeof register;

/** All synced tables, parents before children. */
export const tableNames = Object.keys(register) as TableName[];

/** The tables whose priority is `first`. */
export const firstTables = tableNames.filter((name) => tableOf(name).priority === 'first');

/** Whether a string names a synced table. */
export function isTableName(name: string): name is TableName {
  return Object.hasOwn(register, name);
}

/** What is said of a table that only another version of the app has. */
const foreign: SyncedTable = { scope: 'store', direction: 'both', onDelete: 'delete', columns: {}, title: [] };

/** The register entry of a table, in its general form. */
export function tableOf(name: TableName): SyncedTable {
  return register[name] ?? foreign;
}

/** Column names of a table without `id`, in the order of the wire. */
export function columnsOf(name: TableName): string[] {
  return Object.keys(register[name].columns);
}

/** Whether a value may stand in a column: of its type, and not empty where it must not be. */
export function fits({ type, nullable }: Column, value: string | number | null): boolean {
  if (value === null) return nullable;
  if (type === 'id' || type === 'text' || type === 'json') return typeof value === 'string';
  return Number.isSafeInteger(value) && (type !== 'bool' || value === 0 || value === 1);
}
