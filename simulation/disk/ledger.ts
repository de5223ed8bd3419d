/**
 * What a PC was asked to write down and what it answered: the truth that stores and the cloud are held against. Every request carries a
 * serial number of its own, so that what is found can be told apart: lost, doubled, half there, or never asked for.
 */

/** A record as found in a store or in the cloud, with what a sale must bring along. */
export type FoundSale = {
  readonly id: string;
  readonly serial: number;
  readonly number: string;
  readonly total: number;
  readonly lines: number;
  readonly lineTotal: number;
  readonly moves: number;
  /** Thousandths on the lines plus thousandths that left the stock: 0. */
  readonly balance: number;
  readonly charged: number;
  readonly credit: boolean;
};
export type FoundNote = { readonly serial: number };
export type Found = {
  readonly sales: readonly FoundSale[];
  /** Stock moves and credit entries of their own, and customers, by kind. */
  readonly notes: Readonly<Record<NoteKind, readonly FoundNote[]>>;
  /** The last edit of a customer, by the customer's serial. */
  readonly edits: ReadonlyMap<number, number>;
};

export const noteKinds = ['move', 'credit', 'customer'] as const;
export type NoteKind = (typeof noteKinds)[number];

/** `open`: not answered yet. After a kill an open request may have been saved or not, and what it was is settled by looking once. */
type State = 'open' | 'saved' | 'gone';
type Request = { state: State; readonly lines: number; id: string | null };
type Edit = { readonly serial: number; state: State };

export type Ledger = {
  /** Notes a request before it is sent; answers its serial number, which is above zero and below 2 million. */
  readonly ask: (kind: 'sale' | NoteKind, lines?: number) => number;
  readonly askEdit: (customer: number) => number;
  /** The PC has said that it is saved (with its id), or that it refuses. */
  readonly answered: (serial: number, id: string | null) => void;
  readonly refused: (serial: number) => void;
  /** Compares with what is found. With `settle`, what was open is from now on what it is here. */
  readonly problems: (found: Found, settle: boolean) => string[];
  /** Only what is there twice, half, or was never asked for: for a copy that may be older than the last answers. */
  readonly halves: (found: Found) => string[];
  /** Serial numbers of the sales answered so far. */
  readonly savedSales: () => number[];
  readonly counts: () => { readonly sales: number; readonly saved: number; readonly unanswered: number };
};

/** @param first where the serial numbers begin, so that those of two PCs differ */
export function createLedger(first: number): Ledger {
  const requests = { sale: new Map(), move: new Map(), credit: new Map(), customer: new Map() } as Record<
    'sale' | NoteKind,
    Map<number, Request>
  >;
  const edits = new Map<number, Edit[]>();
  const all = new Map<number, Request | Edit>();
  let last = first;
  let unanswered = 0;

  const settleOne = (request: { state: State }, isThere: boolean): void => {
    if (request.state !== 'open') return;
    unanswered += 1;
    request.state = isThere ? 'saved' : 'gone';
  };

  const compare = (kind: 'sale' | NoteKind, serials: readonly number[], settle: boolean): string[] => {
    const found = new Set(serials);
    const problems = doubles(kind, requests[kind], serials);
    for (const [serial, request] of requests[kind]) {
      if (request.state === 'saved' && !found.has(serial)) problems.push(`${kind} ${serial} was answered and is lost`);
      if (request.state === 'gone' && found.has(serial)) problems.push(`${kind} ${serial} was not saved and is there`);
      if (settle) settleOne(request, found.has(serial));
    }
    return problems;
  };

  const compareEdits = (found: Found['edits'], settle: boolean): string[] => {
    const problems: string[] = [];
    for (const [customer, asked] of edits) {
      const value = found.get(customer) ?? 0;
      const here = asked.findIndex(({ serial }) => serial === value);
      if (value !== 0 && here < 0) problems.push(`customer ${customer} has an edit ${value} that was never asked for`);
      const later = asked.slice(here + 1).filter(({ state }) => state === 'saved');
      if (later.length > 0)
        problems.push(`customer ${customer}: edit ${later.at(-1)?.serial} was answered and is lost`);
      if (here >= 0 && asked[here]?.state === 'gone') problems.push(`edit ${value} was not saved and is there`);
      if (settle) asked.forEach((edit, index) => settleOne(edit, index <= here));
    }
    return problems;
  };

  return {
    ask(kind, lines = 0) {
      last += 1;
      const request: Request = { state: 'open', lines, id: null };
      requests[kind].set(last, request);
      all.set(last, request);
      return last;
    },
    askEdit(customer) {
      last += 1;
      const edit: Edit = { serial: last, state: 'open' };
      edits.set(customer, [...(edits.get(customer) ?? []), edit]);
      all.set(last, edit);
      return last;
    },
    answered(serial, id) {
      const request = all.get(serial);
      if (!request) throw new Error(`Nobody asked for ${serial}`);
      request.state = 'saved';
      if ('id' in request) request.id = id;
    },
    refused(serial) {
      const request = all.get(serial);
      if (request) request.state = 'gone';
    },
    problems(found, settle) {
      const problems = found.sales.flatMap((sale) => wholeness(sale, requests.sale.get(sale.serial)));
      problems.push(
        ...compare(
          'sale',
          found.sales.map(({ serial }) => serial),
          settle,
        ),
        ...receiptGaps(found.sales.map(({ number }) => number)),
        ...compareEdits(found.edits, settle),
      );
      for (const kind of noteKinds) {
        const serials = found.notes[kind].map(({ serial }) => serial);
        problems.push(...compare(kind, serials, settle));
      }
      return problems;
    },
    halves(found) {
      const serials = found.sales.map(({ serial }) => serial);
      return [
        ...found.sales.flatMap((sale) => wholeness(sale, requests.sale.get(sale.serial))),
        ...doubles('sale', requests.sale, serials),
        ...receiptGaps(found.sales.map(({ number }) => number)),
      ];
    },
    savedSales: () => [...requests.sale].flatMap(([serial, { state }]) => (state === 'saved' ? serial : [])),
    counts: () => ({
      sales: requests.sale.size,
      saved: [...requests.sale.values()].filter(({ state }) => state === 'saved').length,
      unanswered,
    }),
  };
}

function doubles(kind: string, asked: ReadonlyMap<number, Request>, serials: readonly number[]): string[] {
  const times = new Map<number, number>();
  for (const serial of serials) times.set(serial, (times.get(serial) ?? 0) + 1);
  return [...times].flatMap(([serial, count]) => [
    ...(count > 1 ? [`${kind} ${serial} is there ${count} times`] : []),
    ...(asked.has(serial) ? [] : [`${kind} ${serial} was never asked for`]),
  ]);
}

/** What is missing of a sale that is there. */
function wholeness(sale: FoundSale, request: Request | undefined): string[] {
  if (!request) return [];
  const problems: string[] = [];
  const { serial, lines, moves, total, lineTotal, balance, credit, charged } = sale;
  if (lines !== request.lines) problems.push(`sale ${serial} has ${lines} of ${request.lines} lines`);
  if (moves !== request.lines) problems.push(`sale ${serial} moved ${moves} of ${request.lines} products`);
  if (total !== lineTotal) problems.push(`sale ${serial} is ${total}, its lines are ${lineTotal}`);
  if (balance !== 0) problems.push(`the stock of sale ${serial} is off by ${balance}`);
  if (charged !== (credit ? total : 0)) problems.push(`sale ${serial} of ${total} charged ${charged}`);
  if (request.id !== null && request.id !== sale.id) problems.push(`sale ${serial} has another id than was answered`);
  return problems;
}

/** Receipt numbers of a counter have neither gaps nor doubles, whatever was killed. */
function receiptGaps(numbers: readonly string[]): string[] {
  const counters = new Map<string, number[]>();
  for (const number of numbers) {
    const [counter = '', running] = number.split('-');
    const used = counters.get(counter) ?? [];
    used.push(Number(running));
    counters.set(counter, used);
  }
  return [...counters].flatMap(([counter, used]) =>
    new Set(used).size === used.length && Math.max(...used) === used.length
      ? []
      : [`the ${used.length} receipts of counter ${counter} end with ${Math.max(...used)}`],
  );
}
