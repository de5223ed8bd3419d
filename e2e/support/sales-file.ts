import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type SalesFile = { readonly path: string; readonly sales: number; readonly lines: number; readonly bad: number };

/** A file as a till exports it: receipts of one to three lines over ten days, and two lines that cannot be taken. */
export function writeSalesFile(folder: string): SalesFile {
  const products = ['Barako Express 3-in-1', 'Pancit Ligaya', 'Sardinas Dagat', 'Sabon Sariwa'];
  const rows = ['Date,Time,Receipt,Product,Qty,Price,Payment'];
  let lines = 0;
  const sales = 120;
  for (let sale = 0; sale < sales; sale += 1) {
    const day = String(1 + (sale % 10)).padStart(2, '0');
    for (let line = 0; line <= sale % 3; line += 1) {
      const product = products[(sale + line) % products.length];
      rows.push(`2026-10-${day},0${1 + (sale % 8)}:15,R-${1000 + sale},${product},${1 + line},"${12 + line}.50",cash`);
      lines += 1;
    }
  }
  rows.push('2026-10-11,08:00,R-9001,Pancit Ligaya,many,12.50,cash');
  rows.push('someday,08:00,R-9002,Pancit Ligaya,1,12.50,cash');
  const path = join(folder, 'till-october.csv');
  writeFileSync(path, `${rows.join('\n')}\n`);
  return { path, sales, lines, bad: 2 };
}
