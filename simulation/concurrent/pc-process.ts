/** A process in which PCs of a concurrent world live. It can be killed at any moment. */
import { join } from 'node:path';
import { createStoreTemplate } from '../pc/store-template.ts';
import { randomFrom } from '../core/random.ts';
import { openLivePc, type LivePc } from './live-pc.ts';
import type { Answers, Envelope, Order, Report } from './messages.ts';
import { mkdirSync } from 'node:fs';

let pcs: LivePc[] = [];

const tell = (report: Report): void => {
  // whoever asked may be gone, or going just now
  if (process.connected) process.send?.(report, undefined, undefined, () => undefined);
};

async function obey(order: Order): Promise<Answers[keyof Answers]> {
  switch (order.do) {
    case 'open':
      return open(order);
    case 'work':
      await Promise.all(pcs.map((pc) => work(pc, order)));
      return null;
    case 'look':
      return pcs.map((pc) => pc.look());
    case 'rest':
      return Promise.all(pcs.map((pc) => pc.rest(order.patienceMs)));
    case 'verify':
      return Promise.all(pcs.map((pc) => pc.verify()));
    case 'close':
      await Promise.all(pcs.splice(0).map((pc) => pc.stop()));
      return null;
    default:
      return order satisfies never;
  }
}

async function open(order: Extract<Order, { do: 'open' }>): Promise<null> {
  const { folder, url, anonKey, copies } = order;
  const own = join(folder, `template-${process.pid}`);
  mkdirSync(own, { recursive: true });
  const template = createStoreTemplate(own, Date.now());
  const deps = { folder, template, cloud: { url, anonKey }, copies };
  pcs = await Promise.all(order.pcs.map((pc) => openLivePc({ ...deps, order: pc })));
  return null;
}

async function work(pc: LivePc, { acts, everyMs }: Extract<Order, { do: 'work' }>): Promise<void> {
  const [from, to] = acts.get(pc.index) ?? [0, 0];
  const random = randomFrom(pc.index * 31 + from);
  for (let act = from; act < to; act += 1) {
    tell({ say: 'did', pc: pc.index, act, operations: pc.act(act) });
    await new Promise((resolve) => setTimeout(resolve, random.next() * everyMs));
  }
}

process.on('message', ({ id, order }: Envelope) => {
  obey(order).then(
    (value) => tell({ say: 'done', id, value }),
    (error: unknown) =>
      tell({ say: 'broken', id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
process.on('disconnect', () => process.exit());
