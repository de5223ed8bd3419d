/** What was done in a simulated world, written down apart from the engine: the checks compare both. */
import type { PushBody, PushReply } from '#shared/sync/protocol.ts';
import type { LoggedOperation, View } from '../pc/view.ts';

/** A local transaction as it was captured when it returned to the person. */
export type LocalTxn = {
  readonly pc: number;
  readonly txn: number;
  readonly operations: readonly LoggedOperation[];
  /** Whether the cloud has accepted it. */
  accepted: boolean;
  /** Whether the cloud has refused it, or let it wait behind a refused one. */
  refused: boolean;
  /** Whether a person has taken it back at some time. */
  discarded: boolean;
};

/** A sale with what belongs to it. */
export type Sale = { readonly lines: number; readonly moves: number };

/** A batch as it was written down before it was sent. */
export type SentBatch = { readonly pc: number; readonly body: PushBody; readonly txns: readonly number[] };

export type Ledger = {
  readonly txns: ReadonlyMap<string, LocalTxn>;
  readonly sales: ReadonlyMap<string, Sale>;
  /** What the office added to stock levels, by row id. */
  readonly officeDeltas: ReadonlyMap<string, number>;
  /** Takes down what a PC's log has gained; answers the new local transactions. */
  readonly record: (pc: number, before: View, view: View) => readonly LocalTxn[];
  /** Takes down what the cloud's answer to a batch accepted; answers the transactions it had not accepted before. */
  readonly accept: (batch: SentBatch, reply: PushReply) => readonly LocalTxn[];
  readonly officeSale: (id: string, sale: Sale) => void;
  readonly officeDelta: (id: string, qty: number) => void;
};

export function createLedger(): Ledger {
  const txns = new Map<string, LocalTxn>();
  const sales = new Map<string, Sale>();
  const officeDeltas = new Map<string, number>();
  return {
    txns,
    sales,
    officeDeltas,
    record(pc, before, view) {
      const last = before.log.at(-1)?.seq ?? 0;
      const fresh = new Map<number, LoggedOperation[]>();
      for (const operation of view.log) {
        const known = txns.get(`${pc}/${operation.txn}`);
        if (known && operation.state === 5) known.discarded = true;
        if (known && (operation.state === 2 || operation.state === 3)) known.refused = true;
        if (operation.seq <= last) continue;
        const list = fresh.get(operation.txn);
        if (list) list.push(operation);
        else fresh.set(operation.txn, [operation]);
      }
      return [...fresh].map(([txn, operations]) => {
        const local: LocalTxn = { pc, txn, operations, accepted: false, refused: false, discarded: false };
        txns.set(`${pc}/${txn}`, local);
        for (const { table, op, rowId } of operations) {
          if (table !== 'transactions' || op !== 'I') continue;
          const count = (name: string) => operations.filter((each) => each.table === name && each.op === 'I').length;
          sales.set(rowId, { lines: count('transaction_items'), moves: count('stock_movements') });
        }
        return local;
      });
    },
    accept({ pc, body, txns: sent }, reply) {
      if (reply.status !== 'ok') return [];
      if ('units' in reply && 'units' in body)
        for (const [i, { txn }] of body.units.entries())
          if (reply.units[i]?.r === 'rejected' || reply.units[i]?.r === 'held') {
            const local = txns.get(`${pc}/${txn}`);
            if (local) local.refused = true;
          }
      const accepted =
        'units' in reply && 'units' in body
          ? body.units.filter((_, i) => reply.units[i]?.r === 'ok').map(({ txn }) => txn)
          : sent;
      const fresh: LocalTxn[] = [];
      for (const txn of accepted) {
        const local = txns.get(`${pc}/${txn}`);
        if (!local) throw new Error(`pc${pc} sent a transaction ${txn} that nobody made`);
        if (!local.accepted) fresh.push(local);
        local.accepted = true;
      }
      return fresh;
    },
    officeSale: (id, sale) => void sales.set(id, sale),
    officeDelta: (id, qty) => void officeDeltas.set(id, (officeDeltas.get(id) ?? 0) + qty),
  };
}
