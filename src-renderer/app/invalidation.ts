import type { CommandName } from '#shared/contract/commands.ts';

/** Commands that only read: what a screen may keep as a query. */
export type QueryName = Extract<
  CommandName,
  | 'status.get'
  | 'overview.get'
  | 'queue.list'
  | 'queue.get'
  | 'conflicts.list'
  | 'conflicts.similar'
  | 'import.get'
  | 'sales.list'
  | 'products.list'
  | 'customers.list'
  | 'stock.list'
  | 'scopes.get'
  | 'operator.get'
  | 'sync.economy.get'
  | 'sync.verifications'
  | 'bundle.list'
  | 'services.get'
  | 'services.calls'
  | 'tokens.list'
  | 'exports.get'
>;

/** The tables an answer is made of. `*` is every table, and what the host keeps about them. Names with `_` are the host's own, see events of the contract. */
const tablesOf: Readonly<Record<QueryName, readonly string[]>> = {
  'status.get': ['_queue', '_runs', '_sync', 'conflicts', 'stores', 'devices'],
  'overview.get': ['*'],
  'queue.list': ['_queue'],
  'queue.get': ['_queue'],
  'conflicts.list': ['conflicts', 'products', 'customers', 'transactions', 'transaction_items', 'credit_entries'],
  'conflicts.similar': ['conflicts'],
  'import.get': ['_import'],
  'sales.list': ['transactions', 'transaction_items', '_queue'],
  'products.list': ['products'],
  'customers.list': ['customers'],
  'stock.list': ['stock_levels'],
  'scopes.get': ['_sync', '_runs'],
  'operator.get': ['_sync'],
  'sync.economy.get': ['_sync'],
  'sync.verifications': ['_sync'],
  'bundle.list': ['_sync', '_queue', '_runs'],
  'services.get': ['_services'],
  'services.calls': ['_calls'],
  'tokens.list': ['_services'],
  'exports.get': ['_services'],
};

/** What assistants do and may do says nothing about the store, however often it changes. */
const apart: ReadonlySet<string> = new Set(['_services', '_calls']);

/** Which queries may have another answer now that these tables changed. */
export function queriesTouchedBy(tables: ReadonlySet<string>): QueryName[] {
  const names = Object.keys(tablesOf) as QueryName[];
  return names.filter((name) =>
    tablesOf[name].some((table) => (table === '*' ? [...tables].some((one) => !apart.has(one)) : tables.has(table))),
  );
}

/** What the coalescer needs of the outside: a one-shot timer. */
export type TimerDeps = {
  setTimer: (run: () => void, ms: number) => unknown;
};

/**
 * Gathers announcements and hands them on together: the first at once, later ones at most every `everyMs`. While a hundred
 * thousand rows arrive the screen then asks a few times a second instead of once per batch, and the last one is never lost.
 */
export function createCoalescer(deps: TimerDeps, everyMs: number, flush: (items: ReadonlySet<string>) => void) {
  let gathered = new Set<string>();
  let waiting = false;
  const hand = (): void => {
    if (gathered.size === 0) {
      waiting = false;
      return;
    }
    const items = gathered;
    gathered = new Set();
    waiting = true;
    deps.setTimer(hand, everyMs);
    flush(items);
  };
  return {
    /** Announces items; never loses one. */
    add(items: readonly string[]): void {
      for (const item of items) gathered.add(item);
      if (!waiting) hand();
    },
  };
}
