import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import type { Caller, Handlers } from '#shared/contract/commands.ts';
import { appError } from '#shared/contract/errors.ts';
import { fail, ok } from '#shared/result.ts';
import { silentLogger } from '#main/telemetry/logger.ts';
import { createAnnouncer } from '../announcer.ts';
import type { Announcer } from '../announcer.ts';
import { createAnswer } from '../answer.ts';
import { createGate } from '../gate.ts';
import { realTimers } from '../timers.ts';
import { createDirectCaller } from './direct.ts';
import { portChannel } from './port.ts';
import { callOver, serveChannel } from './remote.ts';
import type { Answering } from './remote.ts';
import { connectHost, serveSocket } from './socket.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Line = {
  caller: Caller & { callAny?: (name: string, input: unknown) => Promise<unknown> };
  cut: () => Promise<void>;
};
type Carrier = { name: string; open: (host: Answering, stopHost: () => Promise<void>) => Promise<Line> };

const carriers: Carrier[] = [
  {
    name: 'direct',
    open: (host, stopHost) => Promise.resolve({ caller: createDirectCaller(host), cut: stopHost }),
  },
  {
    name: 'port',
    open: (host) => {
      const { port1, port2 } = new MessageChannel();
      serveChannel(host, portChannel(port1));
      const caller = callOver(portChannel(port2));
      cleanups.push(() => port1.close());
      return Promise.resolve({ caller, cut: () => closed(port2, () => port1.close()) });
    },
  },
  {
    name: 'socket',
    open: async (host) => {
      const dataDir = temporaryFolder();
      const server = await serveSocket({ host, dataDir, token: 'right', pid: 1, logger: silentLogger });
      const caller = await connectHost(dataDir);
      cleanups.push(() => server.close());
      cleanups.push(() => caller.close());
      return { caller, cut: () => server.close() };
    },
  },
];

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pulser-carrier-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function closed(port: { once(event: 'close', listener: () => void): unknown }, work: () => void): Promise<void> {
  return new Promise((resolve) => {
    port.once('close', () => resolve());
    work();
  });
}

/** A host of a few handlers that show what a carrier may spoil: values, order, size, failures, exceptions. */
function testHost(): { host: Answering; announcer: Announcer; stop: () => Promise<void> } {
  const handlers: Partial<Handlers> = {
    'stock.list': async ({ productIds }) => {
      // Later questions are answered earlier, so that an answer given to the wrong question shows.
      for (let turn = 0; turn < 20 - productIds.length; turn += 1) await Promise.resolve();
      return ok({ items: productIds.map((productId, index) => ({ productId, qty: index })) });
    },
    'customers.list': ({ search, limit }) =>
      ok({
        items: Array.from({ length: limit }, (_, index) => ({
          id: `${index}`,
          name: `Ñiño ${search} 漢字\n`.repeat(100),
          phone: null,
          address: null,
          credit_limit: Number.MAX_SAFE_INTEGER,
          note: null,
          tags: [],
          first_visit_at: null,
          last_visit_at: null,
        })),
        total: limit,
        next: null,
      }),
    'products.update': () => fail(appError('not-found', 'p1')),
    'sales.void': () => {
      throw new Error('secret stack');
    },
    'sales.record': () => {
      throw Object.assign(new Error('full'), { code: 'FULL' });
    },
  };
  const answer = createAnswer({
    handlers: handlers as Handlers,
    logger: silentLogger,
    expectedFailure: (error) => (error instanceof Error && 'code' in error ? appError('disk-full') : null),
    clock: () => performance.now(),
    onAnswered: () => undefined,
  });
  const gate = createGate(answer);
  const announcer = createAnnouncer({ timers: realTimers, state: () => 'synced' });
  return { host: { call: gate.call, on: announcer.on }, announcer, stop: gate.close };
}

describe.each(carriers)('the contract over $name', ({ open }) => {
  async function start(): Promise<Line & { announcer: Announcer }> {
    const { host, announcer, stop } = testHost();
    cleanups.push(() => announcer.close());
    return { ...(await open(host, stop)), announcer };
  }

  it('answers a hundred calls at once, each with its own answer', async () => {
    const { caller } = await start();
    const asked = Array.from({ length: 100 }, (_, index) =>
      Array.from({ length: index % 20 }, (__, at) => `${index}-${at}`),
    );
    const answers = await Promise.all(asked.map((productIds) => caller.call('stock.list', { productIds })));
    expect(answers).toEqual(
      asked.map((ids) => ok({ items: ids.map((productId, index) => ({ productId, qty: index })) })),
    );
  });

  it('carries large answers, every character and number intact, and fills in defaults', async () => {
    const { caller } = await start();
    const answer = await caller.call('customers.list', { search: '"\\' });
    if (!answer.ok) throw new Error(answer.error.code);
    expect(answer.value.items).toHaveLength(50);
    expect(answer.value.items[49]).toMatchObject({
      name: 'Ñiño "\\ 漢字\n'.repeat(100),
      credit_limit: Number.MAX_SAFE_INTEGER,
    });
  });

  it('says which field is wrong, and refuses what it does not know', async () => {
    const { caller } = await start();
    const wrong = await caller.call('customers.list', { limit: 100_000 });
    expect(wrong).toMatchObject({ ok: false, error: { code: 'bad-input', detail: expect.stringContaining('limit') } });
    const more = await caller.call('customers.list', { search: 'x', sql: 'drop' } as never);
    expect(more).toMatchObject({ ok: false, error: { code: 'bad-input', detail: expect.stringContaining('sql') } });
    const odd = await caller.call('customers.list', { search: 'a\0b' });
    expect(odd).toMatchObject({ ok: false, error: { code: 'bad-input' } });
    for (const name of ['customers.drop', 'constructor', '__proto__']) {
      expect(await caller.call(name as never, {} as never)).toMatchObject({ ok: false, error: { code: 'bad-input' } });
    }
  });

  it('carries expected failures whole', async () => {
    const { caller } = await start();
    expect(await caller.call('products.update', { id: 'p1', changes: {} })).toEqual(fail(appError('not-found', 'p1')));
  });

  it('turns an exception into a failure without its stack, and the store’s into their code', async () => {
    const { caller } = await start();
    const bug = await caller.call('sales.void', { id: 'x', reason: 'y' });
    expect(bug).toMatchObject({ ok: false, error: { code: 'internal' } });
    expect(JSON.stringify(bug)).not.toContain('secret stack');
    const full = await caller.call('sales.record', { items: [{ productId: 'p', qty: 1 }], payment: 'cash' });
    expect(full).toMatchObject({ ok: false, error: { code: 'disk-full', retryable: true } });
  });

  it('tells of events, gathered, until the listener leaves', async () => {
    const { caller, announcer } = await start();
    const heard: unknown[] = [];
    const next = (): Promise<void> =>
      new Promise((resolve) => {
        const leave = caller.on('status', () => {
          leave();
          resolve();
        });
      });
    const leave = caller.on('changes', (data) => heard.push(data));
    const first = next();
    announcer.changed({ tables: ['products', '_queue'], origin: 'local' });
    announcer.changed({ tables: ['products', 'customers'], origin: 'local' });
    await first;
    expect(heard).toEqual([{ tables: ['products', '_queue', 'customers'], origin: 'local' }]);
    leave();
    const second = next();
    announcer.changed({ tables: ['products'], origin: 'cloud' });
    await second;
    expect(heard).toHaveLength(1);
  });

  it('answers host-gone when the host is no longer there', async () => {
    const { caller, cut } = await start();
    await cut();
    const answer = await caller.call('stock.list', { productIds: [] });
    expect(answer).toEqual(fail(appError('host-gone')));
  });
});

describe('the loopback socket', () => {
  async function serve(): Promise<{ dataDir: string; port: number; close: () => Promise<void> }> {
    const { host } = testHost();
    const dataDir = temporaryFolder();
    const server = await serveSocket({ host, dataDir, token: 'right', pid: 1, logger: silentLogger });
    cleanups.push(() => server.close());
    return { dataDir, ...server };
  }

  it('keeps its address file for its user alone and takes it away at the end', async () => {
    const { dataDir, close } = await serve();
    const path = join(dataDir, 'host.json');
    expect(statSync(path).mode & 0o077).toBe(0);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ token: 'right', pid: 1 });
    await close();
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
    await expect(connectHost(dataDir)).rejects.toThrow();
  });

  it.each([
    '{"kind":"hello","token":"wrong"}\n',
    '{"kind":"call","id":1,"name":"status.get","input":{}}\n',
    'GET / HTTP/1.1\r\n',
    'x'.repeat(5000),
  ])('closes a connection that starts with %j without a word', async (text) => {
    const { port } = await serve();
    const received = await new Promise<string>((resolve) => {
      let all = '';
      const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(text));
      socket.setEncoding('utf8');
      socket.on('data', (chunk: string) => (all += chunk));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(all));
    });
    expect(received).toBe('');
  });

  it('says so when the token in the file is not the host’s', async () => {
    const { dataDir, port } = await serve();
    writeFileSync(join(dataDir, 'host.json'), JSON.stringify({ port, token: 'wrong', pid: 1 }));
    await expect(connectHost(dataDir)).rejects.toThrow('No host answers');
  });
});
