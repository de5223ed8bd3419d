import { actorOf } from '#main/store/operator.ts';
import type { Store, WritableDb } from '#main/store/types.ts';
import { orderedId, orderOf } from '../derived-id.ts';
import { lineTotal, unitPriceOf } from '../money.ts';
import { insertProduct } from '../products.ts';
import { insertSale, type SaleItem } from '../sale-rows.ts';
import { createCatalogue, type KnownProduct } from './catalogue.ts';
import type { ImportedLine, ImportedSale } from './imported-sale.ts';
import { sliceMs } from './slices.ts';

type Work = (db: WritableDb) => void;

export type SaleWriter = {
  /** Takes a sale; answers false when it is here already, deleted ones included. */
  add: (sale: ImportedSale) => boolean;
  /** Whether so much has gathered that it should be written before more is taken. */
  full: () => boolean;
  /** Writes what has gathered, durably; returns how many sales and lines that were. */
  flush: () => { sales: number; lines: number };
};

const fewest = 16;
const most = 250;

/**
 * Writes imported sales: each is one local transaction of its own, many under one commit. How many follows from how long writing
 * them took the last time, so that it fits into half a slice; the commit itself takes as long as the disk does.
 */
export function createSaleWriter(store: Store, storeId: string, monotonic: () => number): SaleWriter {
  const resolve = createCatalogue(store);
  // whoever started it, also when somebody else signs in before it ends
  const actor = actorOf(store.read, 'import');
  let works: Work[] = [];
  let sales = 0;
  let lines = 0;
  let size = 2 * fewest;
  const staged = new Set<string>();
  return {
    add: (sale) => {
      if (staged.has(sale.id) || isHere(store, sale.id)) return false;
      const products = sale.lines.map((line) => {
        const { product, created } = resolve(line.product);
        if (created) works.push((db) => insertProduct(db, created));
        return product;
      });
      works.push((db) => writeSale(db, sale, products, storeId));
      staged.add(sale.id);
      sales += 1;
      lines += sale.lines.length;
      return true;
    },
    full: () => sales >= size,
    flush: () => {
      const written = { sales, lines };
      if (works.length > 0) {
        const started = monotonic();
        let ended = started;
        store.transactions(actor, [...works, () => void (ended = monotonic())]);
        size = nextSize(size, sales, ended - started);
      }
      works = [];
      staged.clear();
      sales = 0;
      lines = 0;
      return written;
    },
  };
}

/** How many sales to write next so that it takes half a slice; never more than half as many again at once. */
function nextSize(size: number, sales: number, ms: number): number {
  const fitting = ms > 0 ? (sales * sliceMs) / 2 / ms : most;
  return Math.round(Math.max(fewest, Math.min(most, size * 1.5, fitting)));
}

function isHere(store: Store, id: string): boolean {
  if (store.read.get('SELECT 1 FROM transactions WHERE id = ?', id)) return true;
  const gone = `SELECT 1 FROM _row_state WHERE table_name = 'transactions' AND row_id = ? AND deleted > 0`;
  return store.read.get(gone, id) !== undefined;
}

function writeSale(db: WritableDb, sale: ImportedSale, products: readonly KnownProduct[], storeId: string): void {
  const items = sale.lines.map((line, index) => saleItem(sale.id, line, index, products[index] as KnownProduct));
  const { id, number, startedAt, endedAt, payment } = sale;
  insertSale(db, { id, storeId, deviceId: null, number, startedAt, endedAt, payment, customerId: null, items });
}

/** A line with its prices: the file's where it has them, else those of the catalogue. */
function saleItem(saleId: string, line: ImportedLine, index: number, product: KnownProduct): SaleItem {
  const { qty } = line;
  const total = line.lineTotal ?? lineTotal(qty, line.unitPrice ?? product.price);
  const unitPrice = line.unitPrice ?? (line.lineTotal === null ? product.price : unitPriceOf(line.lineTotal, qty));
  const id = orderedId(orderOf(saleId), 'line', saleId, String(index + 1));
  return { id, productId: product.id, qty, unit: product.unit, unitPrice, lineTotal: total };
}
