import type { ReaderContext } from '#main/store/readers/messages.ts';
import type { ReadableDb } from '#main/store/types.ts';
import { dayNumber } from '../periods.ts';

export const creditGrades = ['A', 'B', 'C', 'D'] as const;
export type CreditGrade = (typeof creditGrades)[number];

export type CreditInput = {
  readonly storeId: string;
  /** Milliseconds UTC. */
  readonly now: number;
};

/** Money in centavos, days are Manila days. */
export type CreditAccount = {
  readonly id: string;
  readonly name: string;
  readonly phone: string | null;
  /** What is owed; below zero when more was paid than charged. */
  readonly balance: number;
  readonly charged: number;
  readonly paid: number;
  /** What is owed by how old it is. */
  readonly ageing: {
    readonly upTo7: number;
    readonly upTo14: number;
    readonly upTo30: number;
    readonly over30: number;
  };
  /** Age of the oldest charge that is not paid, in days; null when nothing is owed. */
  readonly oldestDays: number | null;
  /** Mean days from a charge to its last payment, over those that are paid; null when none is. */
  readonly daysToPay: number | null;
  /** Charges that took, or take, more than 7 days. */
  readonly late: number;
  /** By the greater of oldestDays and daysToPay: A up to 3 days, B up to 7, C up to 14, D more; null without any charge. */
  readonly grade: CreditGrade | null;
  /** As the customer's card says, and what would be wise: three mean charges when never late, one and a half when late twice at most, else nothing. */
  readonly limit: number;
  readonly suggestedLimit: number;
  readonly lastPaymentAt: number | null;
};

type Entry = readonly [customer: string, kind: string, amount: number, sale: string | null, at: number];
type Charge = {
  readonly amount: number;
  readonly at: number;
  readonly sale: string | null;
  open: number;
  settledAt: number;
};

const lateDays = 7;

/** The list of who owes (utang): payments settle the oldest charge first; what pays a certain sale back (a void) settles that one. Largest balance first. */
export function credit({ db, check }: ReaderContext, { storeId, now }: CreditInput): CreditAccount[] {
  const entries = new Map<string, Entry[]>();
  check();
  for (const entry of entriesOf(db, storeId)) {
    const known = entries.get(entry[0]);
    if (known) known.push(entry);
    else entries.set(entry[0], [entry]);
  }
  check();
  return customersOf(db, storeId)
    .map(([id, name, phone, limit]) => account({ id, name, phone, limit }, entries.get(id) ?? [], now))
    .toSorted((x, y) => y.balance - x.balance || (x.name < y.name ? -1 : x.name > y.name ? 1 : x.id < y.id ? -1 : 1));
}

function entriesOf(db: ReadableDb, storeId: string): Entry[] {
  return db.tuples<Entry>(
    'SELECT customer_id, kind, amount, transaction_id, at FROM credit_entries WHERE store_id = ? ORDER BY at, id',
    storeId,
  );
}

function customersOf(db: ReadableDb, storeId: string): [string, string, string | null, number][] {
  return db.tuples('SELECT id, name, phone, credit_limit FROM customers WHERE store_id = ?', storeId);
}

type Customer = { readonly id: string; readonly name: string; readonly phone: string | null; readonly limit: number };

function account(customer: Customer, entries: readonly Entry[], now: number): CreditAccount {
  const charges: Charge[] = [];
  let [charged, paid] = [0, 0];
  let lastPaymentAt: number | null = null;
  for (const [, kind, amount, sale, at] of entries) {
    if (kind !== 'charge') continue;
    charged += amount;
    charges.push({ amount, at, sale, open: amount, settledAt: at });
  }
  for (const [, kind, amount, sale, at] of entries) {
    if (kind !== 'payment') continue;
    paid += amount;
    if (sale === null) lastPaymentAt = Math.max(lastPaymentAt ?? at, at);
    settle(charges, amount, sale, at);
  }
  const age = (at: number): number => Math.max(0, dayNumber(now) - dayNumber(at));
  const open = charges.filter((charge) => charge.open > 0);
  const took = charges
    .filter((charge) => charge.open <= 0)
    .map((charge) => Math.max(0, dayNumber(charge.settledAt) - dayNumber(charge.at)));
  const sum = (from: number, to: number): number =>
    open.filter(({ at }) => age(at) >= from && age(at) <= to).reduce((total, charge) => total + charge.open, 0);
  const oldestDays = open.length === 0 ? null : Math.max(...open.map(({ at }) => age(at)));
  const daysToPay = took.length === 0 ? null : Math.round((10 * took.reduce((a, b) => a + b, 0)) / took.length) / 10;
  const late = took.filter((days) => days > lateDays).length + open.filter(({ at }) => age(at) > lateDays).length;
  const { id, name, phone, limit } = customer;
  return {
    id,
    name,
    phone,
    balance: charged - paid,
    charged,
    paid,
    ageing: { upTo7: sum(0, 7), upTo14: sum(8, 14), upTo30: sum(15, 30), over30: sum(31, Infinity) },
    oldestDays,
    daysToPay,
    late,
    grade: charges.length === 0 ? null : gradeOf(Math.max(oldestDays ?? 0, daysToPay ?? 0)),
    limit,
    suggestedLimit: suggestedLimit(charged, charges.length, late),
    lastPaymentAt,
  };
}

/** Pays a charge of the same sale first, else from the oldest on. What is paid too much settles nothing. */
function settle(charges: readonly Charge[], amount: number, sale: string | null, at: number): void {
  let left = amount;
  const own = sale === null ? [] : charges.filter((charge) => charge.sale === sale);
  for (const charge of [...own, ...charges]) {
    if (left <= 0) return;
    if (charge.open <= 0) continue;
    const part = Math.min(left, charge.open);
    charge.open -= part;
    left -= part;
    if (charge.open === 0) charge.settledAt = Math.max(charge.at, at);
  }
}

function gradeOf(days: number): CreditGrade {
  if (days <= 3) return 'A';
  if (days <= 7) return 'B';
  return days <= 14 ? 'C' : 'D';
}

function suggestedLimit(charged: number, charges: number, late: number): number {
  if (charges === 0 || late > 2) return 0;
  return Math.round((charged * (late === 0 ? 3 : 1.5)) / charges);
}
