import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectClient } from '#main/mcp/testing/clients.ts';
import { serveNotes } from '#main/mcp/testing/served.ts';
import type { DefinedService } from '#main/services/base/types.ts';
import { createProduct } from '#main/shop/products.ts';
import type { Store } from '#main/store/types.ts';
import { testStore } from '#main/store/testing.ts';
import { newService } from './new-service.ts';

const root = join(import.meta.dirname, '..', '..');
// inside the project, so that what they import is found
const results = join(root, 'test-results');
let services: string;
beforeEach(() => {
  mkdirSync(results, { recursive: true });
  services = mkdtempSync(join(results, 'services-'));
});
afterEach(() => rmSync(services, { recursive: true, force: true }));

it('a newcomer adds a service in under a hundred lines: it is listed, called, asked about, described and counted', async () => {
  const name = 'fifth';
  const path = newService(name, services);
  const source = readFileSync(path, 'utf8');
  expect(source.split('\n').length).toBeLessThan(100);
  const module = (await import(pathToFileURL(path).href)) as { fifth: DefinedService<{ store: Store }> };
  const shop = testStore();
  const { store } = shop;
  for (const [index, word] of ['Rice', 'Coffee', 'Soap'].entries())
    createProduct(store, {
      sku: `s${index}`,
      name: word,
      category: 'c',
      unit: 'pc',
      price: 100 * (index + 1),
      cost: 1,
    });
  const pc = await serveNotes({}, [module.fifth.open({ store })]);
  try {
    await pc.command('services.setTier', { service: name, tier: 'write' });
    const { token } = await pc.token({ scopes: [{ service: name, write: true }] });
    const client = await connectClient(pc, 'current', token, { service: name, capabilities: { elicitation: {} } });
    client.setRequestHandler('elicitation/create', ({ params }) => {
      expect(params.message).toBe('Set the price of Coffee to 12.50 pesos?');
      return { action: 'accept', content: { confirm: true } };
    });
    const page = await client.callTool({ name: 'list_items', arguments: { limit: 2 } });
    const first = page.structuredContent as {
      items: { id: string; name: string }[];
      total: number;
      next_cursor: string;
    };
    expect(first).toMatchObject({ items: [{ name: 'Coffee' }, { name: 'Rice' }], total: 3 });
    const rest = await client.callTool({ name: 'list_items', arguments: { cursor: first.next_cursor } });
    expect(rest.structuredContent).toMatchObject({ items: [{ name: 'Soap' }] });
    const id = first.items[0]?.id ?? '';
    const changed = await client.callTool({ name: 'set_price', arguments: { id, price: 1250 } });
    expect(changed.structuredContent).toEqual({ id, name: 'Coffee', price: 1250 });
    const missing = await client.callTool({ name: 'set_price', arguments: { id: 'x', price: 1 } });
    expect(JSON.stringify(missing.content)).toMatch(/not-found: .*Call list_items/);
    const count = await client.readResource({ uri: `pulser://${name}/count` });
    expect(count.contents).toMatchObject([{ text: '3' }]);
    expect((await client.listPrompts()).prompts).toMatchObject([{ name: 'review_prices' }]);
    const about = await client.callTool({ name: 'describe', arguments: {} });
    expect(about.structuredContent).toMatchObject({ service: name, state: 'ok' });
    await client.close();
    const { items } = await pc.command('services.calls', { limit: 9, service: name });
    expect(items.map((call) => call.name).sort()).toContain('set_price');
  } finally {
    await pc.stop();
    shop.cleanup();
  }
});

it('a name that is none, or is taken, makes nothing', () => {
  for (const name of ['', 'Two Words', '../x', 'a', 'x1'])
    expect(() => newService(name, services)).toThrow(/lower-case/);
  newService('sixth', services);
  expect(() => newService('sixth', services)).toThrow(/already/);
});
