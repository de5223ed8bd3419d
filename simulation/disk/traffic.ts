/** What the people at a counter do, over the host's socket: every request is noted before it is sent, and again when it is answered. */
import type { CommandInput, CommandName, CommandOutput } from '#shared/contract/commands.ts';
import type { ErrorCode } from '#shared/contract/errors.ts';
import type { RemoteCaller } from '#main/host/carriers/remote.ts';
import type { Random } from '../core/random.ts';
import { mark } from './found.ts';
import type { Ledger, NoteKind } from './ledger.ts';

export type Counter = {
  readonly tag: string;
  readonly ledger: Ledger;
  readonly random: Random;
  /** Ids of products to sell. */
  readonly products: readonly string[];
  /** Customers of this counter that were answered: serial and id. */
  readonly customers: { readonly serial: number; readonly id: string }[];
  /** Answers that stand for an unsaved request: a new PC may not have fetched a product yet. All others but `host-gone` are a fault of the run. */
  readonly refusals: readonly ErrorCode[];
};

type Sent = 'saved' | 'refused' | 'gone';

/** Does one thing at the counter. Answers `gone` when the host died before it answered. */
export async function doOne(counter: Counter, caller: RemoteCaller): Promise<Sent> {
  const { random, customers } = counter;
  const what = random.weighted<'sale' | NoteKind | 'edit'>([
    [70, 'sale'],
    [10, 'move'],
    [customers.length > 0 ? 8 : 0, 'credit'],
    [customers.length > 0 ? 8 : 0, 'edit'],
    [customers.length < 20 ? 8 : 1, 'customer'],
  ]);
  switch (what) {
    case 'sale':
      return sell(counter, caller);
    case 'edit':
      return edit(counter, caller);
    default:
      return note(counter, caller, what);
  }
}

/** The first line's quantity is the serial number in thousandths. */
async function sell(counter: Counter, caller: RemoteCaller): Promise<Sent> {
  const { random, ledger, customers, products } = counter;
  const lines = 1 + random.int(6);
  const customer = customers.length > 0 && random.chance(0.2) ? random.pick(customers) : null;
  const serial = ledger.ask('sale', lines);
  const items = Array.from({ length: lines }, (_, line) => ({
    productId: random.pick(products),
    qty: line === 0 ? serial : 1000 * (1 + random.int(5)),
  }));
  const payment = customer ? ('credit' as const) : ('cash' as const);
  const input = { items, payment, customerId: customer?.id ?? null };
  return send(counter, caller, serial, 'sales.record', input, ({ id }) => id);
}

async function edit(counter: Counter, caller: RemoteCaller): Promise<Sent> {
  const customer = counter.random.pick(counter.customers);
  const serial = counter.ledger.askEdit(customer.serial);
  const input = { id: customer.id, changes: { note: mark(counter.tag, 'edit', serial) } };
  return send(counter, caller, serial, 'customers.update', input);
}

async function note(counter: Counter, caller: RemoteCaller, kind: NoteKind): Promise<Sent> {
  const { random, ledger, tag, products, customers } = counter;
  const serial = ledger.ask(kind);
  const text = mark(tag, kind, serial);
  if (kind === 'move') {
    const input = { productId: random.pick(products), kind: 'delivery' as const, qty: serial, note: text };
    return send(counter, caller, serial, 'stock.move', input);
  }
  if (kind === 'credit') {
    const input = { customerId: random.pick(customers).id, kind: 'payment' as const, amount: serial, note: text };
    return send(counter, caller, serial, 'credit.record', input);
  }
  return send(counter, caller, serial, 'customers.create', { name: text }, ({ id }) => {
    customers.push({ serial, id });
    return null;
  });
}

async function send<N extends CommandName>(
  { ledger, refusals }: Counter,
  caller: RemoteCaller,
  serial: number,
  name: N,
  input: CommandInput<N>,
  idOf: (value: CommandOutput<N>) => string | null = () => null,
): Promise<Sent> {
  const result = await caller.call(name, input);
  if (result.ok) {
    ledger.answered(serial, idOf(result.value));
    return 'saved';
  }
  if (result.error.code === 'host-gone') return 'gone';
  if (!refusals.includes(result.error.code)) {
    throw new Error(`${name} was answered ${result.error.code}: ${result.error.detail ?? ''}`);
  }
  ledger.refused(serial);
  return 'refused';
}

/** Several people at once, each doing one thing after the other, until told to stop or until the host is gone. */
export function workAt(counter: Counter, caller: RemoteCaller, people: number, pauseMs: number): Work {
  let going = true;
  const one = async (): Promise<void> => {
    while (going && (await doOne(counter, caller)) !== 'gone') {
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, counter.random.next() * pauseMs));
    }
  };
  const all = Promise.all(Array.from({ length: people }, one));
  // whoever stops the work hears of it
  all.catch(() => undefined);
  return {
    async stop() {
      going = false;
      await all;
    },
  };
}
export type Work = { readonly stop: () => Promise<void> };
