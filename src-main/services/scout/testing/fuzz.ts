import { createCustomer } from '#main/shop/customers.ts';
import { createRandom } from '#main/shop/sample/random.ts';
import { here, value } from '#main/shop/testing.ts';
import { callTool } from '../../base/testing.ts';
import { openScoutBench } from './bench.ts';
import { hostileArguments } from './hostile.ts';
import { writeRandomShop } from './random-shop.ts';

/** What stands in every text of the other store: it must never come out. */
const secret = 'NOBODY-ELSE-MAY-SEE-THIS';
const other = '0198c0de-0000-7000-8000-0000000050ff';

export type FuzzReport = {
  readonly tool: string;
  readonly calls: number;
  readonly answered: number;
  /** Calls by the code of their failure. */
  readonly failures: Readonly<Record<string, number>>;
  /** What must never happen: a fault, a secret, an answer that never came, a store that changed by reading. */
  readonly faults: readonly string[];
};

/** A call without an answer for this long is taken for hung, in milliseconds. */
const patienceMs = 60_000;
/** Calls under way at once. */
const together = 8;

/**
 * Calls every tool of Scout so many times with random and hostile arguments, on a store that also has rows of another store, and looks for faults, for
 * anything of the other store, and for calls that never end.
 */
export async function fuzzScout(
  calls: number,
  seed: number,
  say: (line: string) => void = () => undefined,
): Promise<FuzzReport[]> {
  const bench = openScoutBench(here);
  const { store } = bench;
  try {
    const shop = writeRandomShop(store, [here.storeId, other], bench.clock, seed, 400);
    const customer = value(createCustomer(store, { name: 'Aling Rosa', phone: '0917' })).id;
    store.apply({ tables: ['customers', 'transcripts', 'stores'], origin: 'cloud' }, (db) => {
      db.run(`INSERT INTO stores VALUES (?, 'B', ?, ?, 'MM', 'Manila', 'Tondo')`, other, secret, secret);
      db.run(`INSERT INTO customers (id, store_id, name, credit_limit) VALUES ('co', ?, ?, 5)`, other, secret);
      db.run(
        `INSERT INTO credit_entries (id, store_id, customer_id, kind, amount, at) VALUES ('eo', ?, 'co', 'charge', 77, 1)`,
        other,
      );
      db.run(
        `INSERT INTO transcripts (id, store_id, at, language, text, brand, region) VALUES ('no', ?, ?, 'en', ?, ?, ?)`,
        other,
        bench.clock - 1000,
        secret,
        secret,
        secret,
      );
      db.run(`UPDATE transactions SET number = ? || number WHERE store_id = ?`, secret, other);
    });
    const mine = shop.sales.filter((sale) => sale.store === here.storeId);
    const theirs = shop.sales.find((sale) => sale.store === other);
    const known = [
      shop.products[0]?.id,
      shop.products[1]?.name,
      customer,
      mine[0]?.id,
      theirs?.id,
      other,
      'no',
      'co',
      here.storeId,
      '2026-06-01',
      'NCR',
      'kape',
      secret.slice(0, 6),
      'abc',
      [{ product: shop.products[0]?.id, qty: 1 }],
      [{ product: shop.products[2]?.name, qty: 0.5, instead_of: shop.products[3]?.id }],
      [{ product: 'Product', qty: 1e6 }],
      true,
      3,
    ];
    const reports: FuzzReport[] = [];
    for (const tool of bench.service.tools) {
      const random = createRandom(seed ^ tool.name.length ^ (tool.name.codePointAt(0) ?? 0));
      const failures: Record<string, number> = {};
      const faults: string[] = [];
      let answered = 0;
      const rows = () =>
        JSON.stringify(
          store.read.get('SELECT (SELECT max(seq) FROM _change_log) AS seq, (SELECT count(*) FROM transactions) AS n'),
        );
      const before = rows();
      const one = async (): Promise<void> => {
        const args = hostileArguments(random, tool.input, known);
        const said = textOf(args);
        const what = () => `${tool.name} ${said.slice(0, 300)}`;
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), patienceMs)));
        const call = callTool(bench.service, tool.name, args, {
          context: { now: () => bench.clock },
          onFault: (error) => faults.push(`${what()}: ${error instanceof Error ? error.message : String(error)}`),
        });
        const answer = await Promise.race([call, late]);
        clearTimeout(timer);
        if (answer === null) return void faults.push(`${what()}: no answer`);
        if (answer.ok) answered += 1;
        else failures[answer.error.code] = (failures[answer.error.code] ?? 0) + 1;
        // what the caller said itself may come back in the words of a failure
        const told = JSON.stringify(answer);
        if (told.includes(secret) && !said.includes(secret)) faults.push(`${what()}: told of another store`);
        if (!answer.ok && /SQLITE|no such column|syntax error|node_modules|at Object\./.test(told))
          faults.push(`${what()}: ${told.slice(0, 300)}`);
      };
      for (let done = 0; done < calls; done += together) {
        await Promise.all(Array.from({ length: Math.min(together, calls - done) }, () => one()));
      }
      if (tool.access === 'read' && rows() !== before) faults.push(`${tool.name}: reading changed the store`);
      reports.push({ tool: tool.name, calls, answered, failures, faults });
      say(
        `${tool.name.padEnd(24)} ${calls} calls, ${answered} answered, ${JSON.stringify(failures)}${faults.length > 0 ? ` ${faults.length} FAULTS` : ''}`,
      );
    }
    return reports;
  } finally {
    await bench.end();
  }
}

/** A value as JSON; what JSON has no word for is nothing. */
function textOf(given: unknown): string {
  const text: unknown = JSON.stringify(given);
  return typeof text === 'string' ? text : '';
}
