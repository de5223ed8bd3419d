/** What was done in a simulated world, written down apart from the engine: the checks compare both. */
import type { PushBody, PushReply } from '#shared/sync/protocol.ts';
import type { LoggedOperation, View } from '../pc/view.ts';

/** A local transaction as it was captured when it returned to the person. */
export type LocalTxn = {
  /** Names it on every disk that has a copy of it. */
  readonly key: string;
  /** The PC at which it was made. */
  readonly pc: number;
  readonly txn: number;
  readonly operations: readonly LoggedOperation[];
  /** Whether the cloud has accepted it. */
  accepted: boolean;
  /** Whether the cloud has refused it, or let it wait behind a refused one. */
  refused: boolean;
  /** Whether its PC has heard that the cloud took it, be it one that was set back later. */
  heard: boolean;
  /** When it was taken down, in ms of the world. */
  readonly at: number;
  /** Whether a person has taken it back at some time. */
  discarded: boolean;
};

/** A sale with what belongs to it. */
export type Sale = { readonly lines: number; readonly moves: number };

/** A batch as it was written down before it was sent. */
export type SentBatch = {
  readonly pc: number;
  readonly body: PushBody;
  readonly txns: readonly number[];
  /** What they are in the ledger, in the same order. */
  readonly keys: readonly string[];
};

export type Ledger = {
  readonly txns: ReadonlyMap<string, LocalTxn>;
  readonly sales: ReadonlyMap<string, Sale>;
  /** What the office added to stock levels, by row id. */
  readonly officeDeltas: ReadonlyMap<string, number>;
  /** The local transactions that a PC's log should have. */
  readonly logOf: (pc: number) => LocalTxn[];
  /** What a local transaction of a PC's log is in the ledger. */
  readonly keyOf: (pc: number, txn: number) => string;
  /** From now on the log of a PC is that of another one (or its own) up to `last`, and goes on by itself. */
  readonly branch: (pc: number, from: number, last: number) => void;
  /** Remembers what the cloud has now; answers the function that makes it so again. */
  readonly keep: () => () => void;
  /** Whether a PC may have forgotten it, as soon as the cloud has it or a person took it back. */
  readonly isOld: (local: LocalTxn) => boolean;
  /** Takes down what a PC's log has gained; answers the new local transactions. */
  readonly record: (pc: number, before: View, view: View) => readonly LocalTxn[];
  /** Takes down what the cloud's answer to a batch accepted; answers the transactions it had not accepted before. */
  readonly accept: (batch: SentBatch, reply: PushReply) => readonly LocalTxn[];
  readonly officeSale: (id: string, sale: Sale) => void;
  readonly officeDelta: (id: string, qty: number) => void;
};

/** PCs keep for 60 days what the cloud has, or a person took back; clocks may be a day off. */
const keptMs = 58 * 86_400_000;

/** @param now the time of the world in ms, where that passes in months */
export function createLedger(now: () => number = () => 0): Ledger {
  const txns = new Map<string, LocalTxn>();
  const sales = new Map<string, Sale>();
  const officeDeltas = new Map<string, number>();
  const branches = new Map<number, readonly Branch[]>();
  let count = 0;

  const branchesOf = (pc: number): readonly Branch[] => branches.get(pc) ?? [{ after: 0, name: `pc${pc}` }];
  const keyOf = (pc: number, txn: number): string => {
    const branch = branchesOf(pc).findLast(({ after }) => after < txn);
    return `${branch?.name}/${txn}`;
  };

  return {
    txns,
    sales,
    officeDeltas,
    keyOf,
    isOld: ({ at }) => now() - at > keptMs,
    logOf: (pc) => [...txns.values()].filter(({ txn, key }) => keyOf(pc, txn) === key),
    branch(pc, from, last) {
      const inherited = branchesOf(from).filter(({ after }) => after < last);
      branches.set(pc, [...inherited, { after: last, name: `pc${pc}.${(count += 1)}` }]);
    },
    keep() {
      const accepted = new Set([...txns.values()].filter((local) => local.accepted));
      const deltas = new Map(officeDeltas);
      return () => {
        for (const local of txns.values()) local.accepted = accepted.has(local);
        officeDeltas.clear();
        for (const [id, qty] of deltas) officeDeltas.set(id, qty);
      };
    },
    record(pc, before, view) {
      const last = before.log.at(-1)?.seq ?? 0;
      const fresh = new Map<number, LoggedOperation[]>();
      for (const operation of view.log) {
        const known = txns.get(keyOf(pc, operation.txn));
        if (known && operation.state === 4) known.heard = true;
        if (known && operation.state === 5) known.discarded = true;
        if (known && (operation.state === 2 || operation.state === 3)) known.refused = true;
        if (operation.seq <= last) continue;
        const list = fresh.get(operation.txn);
        if (list) list.push(operation);
        else fresh.set(operation.txn, [operation]);
      }
      return [...fresh].map(([txn, operations]) => {
        const key = keyOf(pc, txn);
        const local: LocalTxn = {
          key,
          pc,
          txn,
          operations,
          accepted: false,
          refused: false,
          heard: false,
          at: now(),
          discarded: false,
        };
        txns.set(key, local);
        for (const { table, op, rowId } of operations) {
          if (table !== 'transactions' || op !== 'I') continue;
          const parts = (name: string) => operations.filter((each) => each.table === name && each.op === 'I').length;
          sales.set(rowId, { lines: parts('transaction_items'), moves: parts('stock_movements') });
        }
        return local;
      });
    },
    accept({ body, txns: sent, keys }, reply) {
      if (reply.status !== 'ok') return [];
      const fresh: LocalTxn[] = [];
      for (const [i, txn] of sent.entries()) {
        const local = txns.get(keys[i] as string);
        if (!local) throw new Error(`${keys[i]} was sent, and nobody made it`);
        const verdict = verdictOf(body, reply, txn);
        if (verdict === 'rejected' || verdict === 'held') local.refused = true;
        if (verdict !== 'ok') continue;
        if (!local.accepted) fresh.push(local);
        local.accepted = true;
      }
      return fresh;
    },
    officeSale: (id, sale) => void sales.set(id, sale),
    officeDelta: (id, qty) => void officeDeltas.set(id, (officeDeltas.get(id) ?? 0) + qty),
  };
}

/** Operations of a log after a certain one were made on this branch of it. */
type Branch = { readonly after: number; readonly name: string };

function verdictOf(body: PushBody, reply: PushReply, txn: number): string {
  if (!('units' in body) || !('units' in reply)) return 'ok';
  return reply.units[body.units.findIndex((unit) => unit.txn === txn)]?.r ?? 'nothing';
}
