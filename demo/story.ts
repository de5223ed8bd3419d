import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createProvision } from '#cloud/local/provision.ts';
import { startLocalCloud, type LocalCloud } from '#cloud/local/start.ts';
import { sampleCatalogue } from '#main/shop/sample/catalogue.ts';
import { startPc, type Pc } from './pc.ts';
import { auditCloud, differingRows, readTotals, type AcknowledgedSale } from './proof.ts';

export type DemoOptions = { readonly importFile: string | null; readonly say: (line: string) => void };

export type DemoReport = {
  sales: number;
  lines: number;
  pushed: number;
  pulled: number;
  merged: number;
  conflicts: number;
  resolved: number;
  lost: number;
  duplicated: number;
  replicasEqual: boolean;
  pushRowsPerSecond: number;
  pullRowsPerSecond: number;
  localWriteP50Ms: number;
  localWriteP99Ms: number;
};

type Scene = {
  cloud: LocalCloud;
  folder: string;
  a: Pc;
  b: Pc;
  acknowledged: AcknowledgedSale[];
  imported: { sales: number; lines: number };
  say: DemoOptions['say'];
};

const offlineSales = 120;
const salesBeforeTheCut = 60;

/** Tells the whole story on real parts and answers what was counted. Everything it starts is stopped, whatever happens. */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const folder = mkdtempSync(join(tmpdir(), 'pulser-demo-'));
  const running: { stop: () => Promise<void> }[] = [];
  try {
    const scene = await openShop(options, folder, running);
    await importAndMeet(scene, options.importFile);
    await sellOffline(scene);
    await meetAgain(scene);
    const resolved = await agree(scene);
    scene.a = await powerCut(scene, running);
    return await prove(scene, resolved);
  } finally {
    for (const part of running.toReversed()) await part.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function openShop(
  { say }: DemoOptions,
  folder: string,
  running: { stop: () => Promise<void> }[],
): Promise<Scene> {
  const cloud = await startLocalCloud({
    dataDir: join(folder, 'cloud'),
    migrationsDir: resolve(import.meta.dirname, '../migrations/cloud'),
  });
  running.push(cloud);
  const provision = createProvision({ url: cloud.url, serviceRoleKey: cloud.serviceRoleKey });
  const storeId = await provision.createStore({
    code: 'DEMO-1',
    name: 'Tindahan ni Aling Nena',
    region: 'NCR',
    province: 'Metro Manila',
    city: 'Manila',
    barangay: 'Tondo',
  });
  await provision.seedProducts(sampleCatalogue().map((product) => ({ ...product, active: product.active === 1 })));
  const start = async (name: string) => {
    const pc = await startPc({
      name,
      dataDir: join(folder, name),
      cloud,
      code: await provision.createEnrolmentCode(storeId),
    });
    running.push(pc);
    await pc.until((status) => status.state === 'synced', 'the first round');
    return pc;
  };
  say(`The cloud runs at ${cloud.url}. Two PCs are enrolled.`);
  return {
    cloud,
    folder,
    a: await start('Counter 1'),
    b: await start('Counter 2'),
    acknowledged: [],
    imported: { sales: 0, lines: 0 },
    say,
  };
}

/** Imports on one PC, then lets it send all and the other receive all, one after the other, so that each can be measured. */
async function importAndMeet(scene: Scene, file: string | null): Promise<void> {
  const { a, b, say } = scene;
  await b.call('sync.pause', { until: null, reason: 'Demo: receives when everything was sent' });
  if (file !== null) {
    await a.call('sync.pause', { until: null, reason: 'Demo: sends when everything was imported' });
    await a.call('import.start', { path: resolve(file) });
    const progress = await importEnded(a, say);
    scene.imported = { sales: progress.sales, lines: progress.lines };
    say(
      `Imported ${progress.sales} sales with ${progress.lines} lines on ${a.name}, ${progress.badCount} lines could not be taken.`,
    );
    await a.call('sync.resume', {});
  }
  await a.call('customers.create', { name: 'Aling Rosa', phone: '0917 000 0001' });
  const [product] = (await a.call('products.list', { limit: 1 })).items;
  if (!product) throw new Error('No product to stock');
  await a.call('stock.move', { productId: product.id, kind: 'delivery', qty: 200_000 });
  await a.until((status) => status.waiting === 0 && status.state === 'synced', 'everything sent', 120);
  say(`${a.name} has sent everything.`);
  await b.call('sync.resume', {});
  const before = Date.now();
  await b.until(
    (status) => (status.lastSuccessAt ?? 0) >= before && status.state === 'synced',
    'everything received',
    120,
  );
  say(`${b.name} has received everything.`);
}

async function importEnded(pc: Pc, say: DemoOptions['say']): ReturnType<typeof poll> {
  let shown = 0;
  return poll(pc, ({ sales }) => {
    if (sales - shown < 2500) return;
    shown = sales;
    say(`  ${sales} sales so far …`);
  });
}

async function poll(pc: Pc, onProgress: (progress: { sales: number }) => void) {
  for (;;) {
    const progress = await pc.call('import.get', {});
    if (!progress) throw new Error('The import is gone');
    onProgress(progress);
    if (progress.state === 'done') return progress;
    if (progress.state !== 'running')
      throw new Error(`The import ended as ${progress.state}: ${progress.error?.message ?? ''}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

async function sell(scene: Scene, pc: Pc, count: number): Promise<void> {
  const { items } = await pc.call('products.list', { limit: 30 });
  for (let i = 0; i < count; i += 1) {
    const lines = 1 + (i % 3);
    const products = Array.from({ length: lines }, (_, line) => items[(i * 7 + line * 3) % items.length]?.id ?? '');
    const sale = await pc.call('sales.record', {
      items: products.map((productId) => ({ productId, qty: 1000 })),
      payment: 'cash',
    });
    scene.acknowledged.push({ id: sale.id, lines });
  }
}

async function sellOffline(scene: Scene): Promise<void> {
  const { cloud, a, b, say } = scene;
  await cloud.setOffline(true);
  say('The network is gone. Both PCs go on selling.');
  await Promise.all([sell(scene, a, offlineSales), sell(scene, b, offlineSales)]);
  const customer = (await a.call('customers.list', { limit: 1 })).items[0];
  const product = (await a.call('products.list', { limit: 1 })).items[0];
  if (!customer || !product) throw new Error('Nothing to change');
  await a.call('customers.update', { id: customer.id, changes: { phone: '0917 000 0002' } });
  await b.call('customers.update', { id: customer.id, changes: { name: 'Aling Rosa Cruz' } });
  await a.call('products.update', { id: product.id, changes: { price: product.price + 50 } });
  await b.call('products.update', { id: product.id, changes: { price: product.price + 100 } });
  await a.call('stock.move', { productId: product.id, kind: 'delivery', qty: 24_000 });
  await b.call('stock.move', { productId: product.id, kind: 'spoilage', qty: -3000 });
  const status = await a.call('status.get', {});
  say(
    `Offline: ${offlineSales} sales on each PC; the same customer, price and stock changed on both; ${status.waiting} changes wait on ${a.name}.`,
  );
}

async function meetAgain({ cloud, a, b, say }: Scene): Promise<void> {
  await cloud.setOffline(false);
  say('The network is back.');
  for (const pc of [a, b, a]) await settle(pc);
  const customer = (await a.call('customers.list', { limit: 1 })).items[0];
  say(`Merged by itself: ${customer?.name ?? '?'}, ${customer?.phone ?? '?'}; the stock of both PCs was added up.`);
}

/** A round that began after now has gone well, and nothing waits but what needs a person. */
async function settle(pc: Pc): Promise<void> {
  const before = Date.now();
  await pc.call('sync.now', {});
  await pc.until(
    (status) => (status.lastSuccessAt ?? 0) >= before && status.waiting === 0 && status.phase === 'idle',
    'a quiet queue',
  );
}

async function agree({ a, b, say }: Scene): Promise<number> {
  const { items } = await b.call('conflicts.list', { status: 'open' });
  let resolved = 0;
  for (const conflict of items) {
    const values = Object.fromEntries(conflict.fields.map(({ column, incoming }) => [column, incoming as number]));
    const seen = Object.fromEntries(conflict.fields.map(({ column }) => [column, conflict.record?.[column] as number]));
    say(
      `Disagreed: ${conflict.title}, ${conflict.fields.map(({ column, incoming, kept }) => `${column}: ${String(incoming)} on ${conflict.incoming.deviceName}, ${String(kept)} on ${conflict.kept.deviceName}`).join('; ')}.`,
    );
    await b.call('conflicts.resolve', { id: conflict.id, values, seen });
    resolved += 1;
  }
  for (const pc of [b, a]) await settle(pc);
  const left = await a.call('conflicts.list', { status: 'open' });
  say(`Agreed: ${resolved} resolved on ${b.name}, ${left.total} open on ${a.name}.`);
  return resolved - left.total;
}

/** Kills a PC after the cloud has committed its batch and before the PC hears of it, and starts it again. */
async function powerCut(scene: Scene, running: { stop: () => Promise<void> }[]): Promise<Pc> {
  const { cloud, a, say, folder } = scene;
  const writes = await a.call('diagnostics.get', {});
  const lost = cloud.faults.add({ match: { path: 'sync_push' }, do: 'drop-after' });
  await sell(scene, a, salesBeforeTheCut);
  while (lost.hits() === 0) await new Promise((done) => setTimeout(done, 5));
  await a.kill();
  lost.remove();
  say(`${a.name} was killed while sending (its store had recorded ${writes.writes.count} writes). It starts again.`);
  const again = await startPc({ name: a.name, dataDir: join(folder, a.name), cloud });
  running.push(again);
  return again;
}

async function prove(scene: Scene, resolved: number): Promise<DemoReport> {
  const { cloud, a, b, acknowledged, imported, say } = scene;
  for (const pc of [a, b, a]) await settle(pc);
  const { writes } = await b.call('diagnostics.get', {});
  const verified = [await a.call('sync.verify', {}), await b.call('sync.verify', {})];
  const conflicts =
    (await b.call('conflicts.list', { status: 'resolved' })).total +
    (await b.call('conflicts.list', { status: 'open' })).total;
  await a.stop();
  await b.stop();
  const totals = [readTotals(a.dataDir), readTotals(b.dataDir)] as const;
  const audit = await auditCloud(cloud, acknowledged);
  const differing = (await differingRows(cloud, a.dataDir)) + (await differingRows(cloud, b.dataDir));
  const expected = imported.sales + acknowledged.length;
  const expectedLines = imported.lines + acknowledged.reduce((sum, sale) => sum + sale.lines, 0);
  const sum = (pick: (each: (typeof totals)[number]) => number) => totals.reduce((all, each) => all + pick(each), 0);
  const report: DemoReport = {
    sales: audit.sales,
    lines: audit.lines,
    pushed: sum((each) => each.pushed),
    pulled: sum((each) => each.pulled),
    merged: sum((each) => each.merged),
    conflicts,
    resolved,
    lost: audit.missing + Math.max(0, expected - audit.sales) + Math.max(0, expectedLines - audit.lines),
    duplicated: Math.max(0, audit.sales - expected) + Math.max(0, audit.lines - expectedLines),
    replicasEqual: verified.every(({ equal }) => equal) && differing === 0,
    pushRowsPerSecond: rate(
      sum((each) => each.pushRows),
      sum((each) => each.pushMs),
    ),
    pullRowsPerSecond: rate(
      sum((each) => each.pullRows),
      sum((each) => each.pullMs),
    ),
    localWriteP50Ms: writes.p50Ms,
    localWriteP99Ms: writes.p99Ms,
  };
  say(
    `Counted in the cloud: ${report.sales} sales with ${report.lines} lines, ${expected} and ${expectedLines} expected. Lost ${report.lost}, doubled ${report.duplicated}.`,
  );
  say(`Both replicas equal the cloud: ${report.replicasEqual ? 'yes, by hash and value by value' : 'NO'}.`);
  return report;
}

function rate(rows: number, ms: number): number {
  return ms === 0 ? 0 : Math.round((rows / ms) * 1000);
}
