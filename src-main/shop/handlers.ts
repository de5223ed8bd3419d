import type { Handlers } from '#shared/contract/commands.ts';
import { ok } from '#shared/result.ts';
import type { Store } from '#main/store/types.ts';
import { listConflicts } from './conflict-view.ts';
import { recordCredit } from './credit.ts';
import { createCustomer, listCustomers, updateCustomer } from './customers.ts';
import type { Importer } from './import/importer.ts';
import { readOverview } from './overview.ts';
import { createProduct, listProducts, updateProduct } from './products.ts';
import { getQueueItem, listQueue } from './queue-view.ts';
import { resolveConflict, resolveMany } from './resolve-conflict.ts';
import { similarConflicts } from './similar-conflicts.ts';
import { undoMany, undoResolution } from './undo-conflict.ts';
import { listSales } from './sales-list.ts';
import { recordSale, voidSale } from './sales.ts';
import { listStock, recordStockMove } from './stock.ts';

/** The commands that the shop answers; what moves the queue itself is the sync side's. */
export type ShopHandlers = Pick<
  Handlers,
  | 'overview.get'
  | 'queue.list'
  | 'queue.get'
  | 'conflicts.list'
  | 'conflicts.resolve'
  | 'conflicts.undo'
  | 'conflicts.similar'
  | 'conflicts.resolveMany'
  | 'conflicts.undoMany'
  | 'import.inspect'
  | 'import.start'
  | 'import.cancel'
  | 'import.get'
  | 'sales.record'
  | 'sales.list'
  | 'sales.void'
  | 'products.list'
  | 'products.create'
  | 'products.update'
  | 'customers.list'
  | 'customers.create'
  | 'customers.update'
  | 'credit.record'
  | 'stock.move'
  | 'stock.list'
>;

/** Puts the shop behind the contract. Inputs are parsed already. */
export function createShopHandlers({ store, importer }: { store: Store; importer: Importer }): ShopHandlers {
  const { read } = store;
  return {
    'overview.get': () => ok(readOverview(read, store.now())),
    'queue.list': (input) => listQueue(read, input),
    'queue.get': (input) => getQueueItem(read, input),
    'conflicts.list': (input) => listConflicts(read, input),
    'conflicts.resolve': (input) => resolveConflict(store, input),
    'conflicts.undo': (input) => undoResolution(store, input),
    'conflicts.similar': (input) => similarConflicts(read, input),
    'conflicts.resolveMany': (input) => resolveMany(store, input),
    'conflicts.undoMany': (input) => undoMany(store, input),
    'import.inspect': (input) => importer.inspect(input),
    'import.start': (input) => importer.start(input),
    'import.cancel': ({ id }) => importer.cancel(id),
    'import.get': () => ok(importer.progress()),
    'sales.record': (input) => recordSale(store, input),
    'sales.list': (input) => listSales(read, input),
    'sales.void': (input) => voidSale(store, input),
    'products.list': (input) => listProducts(read, input),
    'products.create': (input) => createProduct(store, input),
    'products.update': (input) => updateProduct(store, input),
    'customers.list': (input) => listCustomers(read, input),
    'customers.create': (input) => createCustomer(store, input),
    'customers.update': (input) => updateCustomer(store, input),
    'credit.record': (input) => recordCredit(store, input),
    'stock.move': (input) => recordStockMove(store, input),
    'stock.list': (input) => ok(listStock(read, input)),
  };
}
