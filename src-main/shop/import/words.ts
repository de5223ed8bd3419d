import type { ImportMapping } from '#shared/contract/schemas.ts';

/** A name as it is compared: without accents, case, and doubled or outer blanks. */
export function normalName(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').trim().replaceAll(/\s+/g, ' ').toLowerCase();
}

/** Header words in English and Filipino, the surer ones first. */
const headerWords: Readonly<Record<keyof ImportMapping, readonly string[]>> = {
  date: [
    'date',
    'petsa',
    'araw',
    'sale date',
    'transaction date',
    'date time',
    'datetime',
    'timestamp',
    'created at',
    'sold at',
  ],
  time: ['time', 'oras', 'sale time', 'transaction time'],
  receipt: [
    'receipt',
    'resibo',
    'receipt no',
    'receipt number',
    'or no',
    'invoice',
    'invoice no',
    'transaction',
    'transaction id',
    'sale id',
    'order',
    'order id',
    'order no',
    'numero',
    'number',
    'no',
  ],
  product: [
    'product',
    'produkto',
    'item',
    'paninda',
    'product name',
    'item name',
    'pangalan',
    'name',
    'description',
    'article',
    'sku',
  ],
  quantity: ['quantity', 'qty', 'dami', 'bilang', 'pieces', 'pcs', 'piraso', 'units', 'count'],
  unitPrice: ['price', 'presyo', 'unit price', 'price each', 'halaga bawat isa', 'srp', 'price per unit'],
  lineTotal: ['total', 'kabuuan', 'amount', 'halaga', 'line total', 'total price', 'subtotal', 'sales', 'benta'],
  payment: [
    'payment',
    'bayad',
    'payment method',
    'payment type',
    'paid by',
    'paraan ng bayad',
    'tender',
    'method',
    'mode of payment',
  ],
};

/** Guesses which column of a header holds what: exact words first, then words within. Every column is used once. */
export function suggestMapping(header: readonly string[]): Partial<ImportMapping> {
  const cells = header.map((cell) => ({
    cell,
    words: normalName(cell)
      .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
      .trim(),
  }));
  const taken = new Set<string>();
  const found: Partial<Record<keyof ImportMapping, string>> = {};
  const roles = Object.entries(headerWords) as [keyof ImportMapping, readonly string[]][];
  const take = (
    role: keyof ImportMapping,
    matches: (words: string, word: string) => boolean,
    words: readonly string[],
  ) => {
    if (found[role] !== undefined) return;
    for (const word of words) {
      const hit = cells.find(({ cell, words: own }) => !taken.has(cell) && matches(own, word));
      if (!hit) continue;
      found[role] = hit.cell;
      taken.add(hit.cell);
      return;
    }
  };
  for (const [role, words] of roles) take(role, (own, word) => own === word, words);
  for (const [role, words] of roles)
    take(role, (own, word) => word.length > 2 && ` ${own} `.includes(` ${word} `), words);
  return found;
}

const paymentWords: Readonly<Record<string, string>> = {
  cash: 'cash',
  pera: 'cash',
  bayad: 'cash',
  'cash payment': 'cash',
  peso: 'cash',
  pesos: 'cash',
  gcash: 'gcash',
  'g cash': 'gcash',
  maya: 'maya',
  paymaya: 'maya',
  'pay maya': 'maya',
  credit: 'credit',
  utang: 'credit',
  lista: 'credit',
  listahan: 'credit',
  palista: 'credit',
  'on account': 'credit',
  charge: 'credit',
  'house account': 'credit',
};

/** The payment behind a word: cash where nothing is said, `credit` for utang and lista, `other` for what is not known. */
export function parsePayment(text: string): string {
  const word = normalName(text)
    .replaceAll(/[^\p{L}]+/gu, ' ')
    .trim();
  return word === '' ? 'cash' : (paymentWords[word] ?? 'other');
}
