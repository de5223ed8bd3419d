import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cloudKeys } from '#cloud/functions/bundle-keys.ts';
import { createProvision } from '#cloud/local/provision.ts';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { readBundleFile, signedPrefix, writeBundle, type BundleFile, type BundleHeader } from '#shared/sync/bundle.ts';
import { deleteMeta } from '#main/store/meta.ts';
import { testStore } from '#main/store/testing.ts';
import { readCredential } from '../enrol.ts';
import { backUpCloud } from '../testing/cloud-rows.ts';
import { killedPc, type TestPc } from '../testing/pc.ts';
import { insert } from '../testing/rows.ts';
import { createTestShop } from '../testing/shop.ts';
import { keyPairOf, signText } from '../transport/key-pair.ts';
import type { KeyCredential } from '../transport/types.ts';
import { openAnswer } from './lock.ts';
import {
  bundlesOf,
  deviceOf,
  exported,
  imported,
  newStick,
  outboxOf,
  refusedImport,
  sell,
  soldInCloud,
  waiting,
  type Stick,
} from './testing/sticks.ts';

let cloud: TestCloud;
let stick: Stick;
const { open, pcs, allSettle, expectEqual, close } = createTestShop(() => cloud);
beforeAll(async () => {
  cloud = await testCloud();
  stick = newStick();
});
afterEach(close);
afterAll(async () => {
  stick.lose();
  await cloud.stop();
});

type Scene = { readonly shop: TestPc; readonly carrier: TestPc; readonly product: string; readonly level: string };

/** A PC whose network is gone, with two sales in a bundle, and one that can carry it. */
async function scene(): Promise<Scene> {
  const [shop, carrier] = (await open(2)) as [TestPc, TestPc];
  const product = insert(shop.store, 'products', {});
  const level = insert(shop.store, 'stock_levels', { product_id: product, qty: 100 });
  await allSettle();
  shop.daemon.pause(null, 'no network');
  await shop.daemon.alone(() => undefined);
  sell(shop, product, level, 2);
  await exported(shop, stick.path());
  return { shop, carrier, product, level };
}

const nothing = { sales: 0, lines: 0, stock: 100 };
const all = { sales: 2, lines: 2, stock: 98 };

/** The network is back for the shop: whatever became of the bundle, everything arrives once. */
async function comesOnline({ shop, product }: Scene): Promise<void> {
  shop.daemon.resume();
  await shop.settle();
  expect(await soldInCloud(cloud, product)).toEqual(all);
  expect(waiting(shop)).toBe(0);
}

function bundleOf(bytes: Uint8Array): Extract<BundleFile, { kind: 'bundle' }> {
  const file = readBundleFile(bytes);
  if (typeof file === 'string' || file.kind !== 'bundle') throw new Error('no bundle');
  return file;
}

/** The same pieces under another header, signed by this PC. */
function signedBy(pc: TestPc, bytes: Uint8Array, change: Partial<BundleHeader>): Uint8Array {
  const file = bundleOf(bytes);
  const { privateKey } = readCredential(pc.store) as KeyCredential;
  const header = JSON.stringify({ ...file.header, key: keyPairOf(privateKey).publicKey, ...change });
  const pieces = file.pieces.map(({ start, bytes: length }) => bytes.subarray(start, start + length));
  return writeBundle(header, signText(privateKey, signedPrefix + header), pieces);
}

describe('a file that is not as it was written', () => {
  it('is refused wherever a bit of it fell over, and nothing of it is applied', async () => {
    const the = await scene();
    const good = stick.read();
    const places = Array.from({ length: 60 }, (_, i) => Math.floor((i * (good.length - 1)) / 59));
    const codes = new Set<string>();
    for (const at of places) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] as number) ^ (1 << (at % 8));
      codes.add(await refusedImport(the.carrier, cloud, stick.write(bad, 'bad.pulserbundle')));
    }
    expect([...codes].toSorted()).toEqual(expect.arrayContaining(['bundle-damaged']));
    for (const code of codes) expect(['bundle-damaged', 'not-a-bundle', 'file-newer']).toContain(code);
    expect(await soldInCloud(cloud, the.product)).toEqual(nothing);
    await comesOnline(the);
  });

  it('is refused when its end, or more, is missing, or something was added', async () => {
    const the = await scene();
    const good = stick.read();
    for (const length of [0, 1, 20, 400, good.length >> 1, good.length - 1])
      expect(await refusedImport(the.carrier, cloud, stick.write(good.subarray(0, length), 'bad'))).toMatch(
        /^(bundle-damaged|not-a-bundle)$/,
      );
    const longer = stick.write(Buffer.concat([good, Buffer.from('x')]), 'bad');
    expect(await refusedImport(the.carrier, cloud, longer)).toBe('bundle-damaged');
    expect(await refusedImport(the.carrier, cloud, stick.write(Buffer.from('Date,Product\n'), 'bad'))).toBe(
      'not-a-bundle',
    );
    expect(await refusedImport(the.carrier, cloud, stick.write(Buffer.from('PULSER-BUNDLE 2\n{}\n'), 'bad'))).toBe(
      'file-newer',
    );
    expect(await refusedImport(the.carrier, cloud, stick.path('none'))).toBe('file-unreadable');
    expect(await soldInCloud(cloud, the.product)).toEqual(nothing);
  });

  it('is refused by the cloud too, whoever brings it', async () => {
    const the = await scene();
    const good = stick.read();
    const { headerText: header, signature, pieces } = bundleOf(good);
    const piece = good.subarray(pieces[0]?.start, (pieces[0]?.start ?? 0) + (pieces[0]?.bytes ?? 0));
    const bring = async (change: object): Promise<unknown> => {
      const body = { header, signature, index: 0, piece: piece.toString('base64'), ...change };
      const response = await fetch(`${cloud.url}/functions/v1/bundle`, {
        method: 'POST',
        headers: { authorization: `Bearer ${cloud.anonKey}` },
        body: JSON.stringify(body),
      });
      const said = (await response.json()) as { code?: string };
      return [response.status, said.code];
    };
    const flipped = Buffer.from(piece);
    flipped[30] = (flipped[30] as number) ^ 1;
    expect(await bring({ piece: flipped.toString('base64') })).toEqual([422, 'damaged']);
    expect(await bring({ header: header.replace('"epoch":', '"epoch":1') })).toEqual([401, 'bad-signature']);
    expect(await bring({ header: header.replace(deviceOf(the.shop), deviceOf(the.carrier)) })).toEqual([
      401,
      'bad-signature',
    ]);
    expect(await bring({ header: header.replace(deviceOf(the.shop), crypto.randomUUID()) })).toEqual([
      401,
      'unknown-device',
    ]);
    for (const bad of [
      { header: '{' },
      { header: 7 },
      { index: 1 },
      { index: '0' },
      { index: -1 },
      { piece: '' },
      { piece: '*' },
      { signature: '' },
    ])
      expect(await bring(bad)).toEqual([400, 'bad-input']);
    expect(await soldInCloud(cloud, the.product)).toEqual(nothing);
    expect(await bring({})).toEqual([200, undefined]);
    await comesOnline(the);
  });

  it('gives nobody else the changes of a PC as their own', async () => {
    const the = await scene();
    const { header } = bundleOf(stick.read());
    // another PC of the store puts its own name on it
    const stolen = signedBy(the.carrier, stick.read(), { deviceId: deviceOf(the.carrier) });
    expect(await refusedImport(the.carrier, cloud, stick.write(stolen, 'bad'))).toBe('bundle-damaged');
    const forged = signedBy(the.carrier, stick.read(), {});
    expect(await refusedImport(the.carrier, cloud, stick.write(forged, 'bad'))).toBe('bundle-unknown');
    // the right PC, but for a key that this cloud does not have
    const other = signedBy(the.shop, stick.read(), { cloudKey: '0'.repeat(16) });
    expect(await refusedImport(the.carrier, cloud, stick.write(other, 'bad'))).toBe('bundle-unknown');
    const torn = signedBy(the.shop, stick.read(), { ephemeral: header.ephemeral.replace(/^./, 'A') });
    expect(await refusedImport(the.carrier, cloud, stick.write(torn, 'bad'))).toBe('bundle-damaged');
    expect(await soldInCloud(cloud, the.product)).toEqual(nothing);
    await comesOnline(the);
  });

  it('cannot be read by who finds it', async () => {
    const the = await scene();
    const sale = the.shop.store.read.get<{ id: string }>('SELECT id FROM transactions LIMIT 1')?.id ?? '';
    expect(stick.read().includes(sale)).toBe(false);
    expect(stick.read().includes('transaction_items')).toBe(false);
  });
});

describe('a bundle that comes too late', () => {
  it('is refused when its PC was removed from the store', async () => {
    const the = await scene();
    await createProvision(cloud).revokeDevice(deviceOf(the.shop));
    expect(await refusedImport(the.carrier, cloud, stick.path())).toBe('bundle-revoked');
    expect(await soldInCloud(cloud, the.product)).toEqual(nothing);
    expect(await bundlesOf(the.carrier, null)['bundle.list']({ limit: 1 })).toMatchObject({
      ok: true,
      value: { items: [{ outcome: 'failed', error: expect.stringContaining('removed') as string }] },
    });
  });

  it('is refused after the cloud was moved, and its PC sends what is in it', async () => {
    const the = await scene();
    await createProvision(cloud).raiseEpoch();
    expect(await refusedImport(the.carrier, cloud, stick.path())).toBe('bundle-epoch');
    expect(await soldInCloud(cloud, the.product)).toEqual(nothing);
    await comesOnline(the);
  });

  it('is refused after the cloud was set back to before what it is based on', async () => {
    const [shop, carrier] = (await open(2)) as [TestPc, TestPc];
    const product = insert(shop.store, 'products', {});
    const setBack = await backUpCloud(cloud);
    const level = insert(shop.store, 'stock_levels', { product_id: product, qty: 100 });
    await allSettle();
    shop.daemon.pause(null, 'no network');
    await shop.daemon.alone(() => undefined);
    sell(shop, product, level, 2);
    await exported(shop, stick.path());
    carrier.daemon.pause(null, 'test');
    await carrier.daemon.alone(() => undefined);
    await setBack();
    expect(await refusedImport(carrier, cloud, stick.path())).toMatch(/^bundle-(gap|epoch)$/);
    expect(await cloud.sql('select 1 from transaction_items where product_id = $1', [product])).toEqual([]);
    await comesOnline({ shop, carrier, product, level });
  });

  it('is refused when the cloud has gone on with another copy of that disk, and nothing is doubled or lost', async () => {
    const the = await scene();
    const { shop, carrier, product, level } = the;
    const copy = killedPc(cloud, shop);
    pcs.push(copy);
    copy.daemon.pause(null, 'no network');
    // both copies go on selling
    sell(shop, product, level, 1);
    await exported(shop, stick.path('1'));
    sell(copy, product, level, 1);
    await exported(copy, stick.path('2'));
    await imported(carrier, cloud, stick.path('1'));
    expect(await refusedImport(carrier, cloud, stick.path('2'))).toBe('bundle-forked');
    expect(await soldInCloud(cloud, product)).toEqual({ sales: 3, lines: 3, stock: 97 });
    shop.daemon.resume();
    await shop.settle();
    copy.daemon.start();
    copy.daemon.resume();
    await copy.settle();
    expect(deviceOf(copy)).not.toBe(deviceOf(shop));
    expect(await soldInCloud(cloud, product)).toEqual({ sales: 4, lines: 4, stock: 96 });
    // of its bundle under the former name nothing is taken
    expect(await refusedImport(carrier, cloud, stick.path('2'))).toBe('bundle-forked');
    await allSettle();
    await expectEqual();
  });
});

describe('an answer that is not right', () => {
  it('is refused on another PC, when it was changed, and when something else waits now', async () => {
    const the = await scene();
    const { shop, carrier } = the;
    const path = (await imported(carrier, cloud, stick.path())).answerPath ?? '';
    expect(await refusedImport(carrier, cloud, path)).toBe('answer-other');
    const good = stick.read('shop.pulseranswer');
    for (const at of [3, 40, good.length >> 1, good.length - 1]) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] as number) ^ 1;
      expect(await refusedImport(shop, null, stick.write(bad, 'bad.pulseranswer'))).toMatch(
        /^(bundle-damaged|not-a-bundle|file-newer|answer-other)$/,
      );
    }
    const forged = Buffer.from(good);
    expect(openAnswer(Buffer.alloc(32).toString('base64url'), 0, forged)).toBeNull();
    expect(waiting(shop)).toBeGreaterThan(0);
    shop.store.apply(null, (db) => db.run(`UPDATE _outbox SET hash = 'other'`));
    expect(await refusedImport(shop, null, path)).toBe('answer-old');
    expect(waiting(shop)).toBeGreaterThan(0);
  });
});

describe('an export', () => {
  it('needs a PC of a store that was in the cloud once', async () => {
    const { store, cleanup } = testStore();
    const [shop] = (await open(1)) as [TestPc];
    const stranger = { ...shop, store };
    expect(await bundlesOf(stranger, null)['bundle.export']({ path: stick.path() })).toMatchObject({
      ok: false,
      error: { code: 'not-enrolled' },
    });
    cleanup();
    expect(await bundlesOf(shop, null)['bundle.export']({ path: stick.path() })).toMatchObject({
      ok: false,
      error: { code: 'bundle-empty' },
    });
    shop.daemon.pause(null, 'no network');
    await shop.daemon.alone(() => undefined);
    insert(shop.store, 'customers', {});
    shop.store.apply(null, (db) => deleteMeta(db, 'bundle_key'));
    expect(await bundlesOf(shop, null)['bundle.export']({ path: stick.path() })).toMatchObject({
      ok: false,
      error: { code: 'bundle-connect-first' },
    });
    // a PC of the version before learns the key when it signs in
    await shop.restart();
    shop.daemon.resume();
    await shop.settle();
    shop.daemon.pause(null, 'no network');
    await shop.daemon.alone(() => undefined);
    insert(shop.store, 'customers', {});
    expect(await exported(shop, stick.path())).toMatchObject({ operations: 1 });
  });

  it('that cannot be written says so, leaves no half file, and nothing is lost', async () => {
    const the = await scene();
    expect(await bundlesOf(the.shop, null)['bundle.export']({ path: stick.path('none/x.pulserbundle') })).toMatchObject(
      {
        ok: false,
        error: { code: 'file-unwritable' },
      },
    );
    // there stands a folder of that name
    expect(await bundlesOf(the.shop, null)['bundle.export']({ path: stick.path('') })).toMatchObject({
      ok: false,
      error: { code: 'file-unwritable' },
    });
    expect(() => stick.read('../.part')).toThrow('ENOENT');
    expect(await bundlesOf(the.shop, null)['bundle.list']({ limit: 2 })).toMatchObject({
      ok: true,
      value: { items: [{ outcome: 'failed' }, { outcome: 'failed' }] },
    });
    await comesOnline(the);
  });

  it('outlives a power cut: what was sent by the stick is what is sent by the network', async () => {
    const the = await scene();
    const again = killedPc(cloud, the.shop);
    pcs.push(again);
    await imported(the.carrier, cloud, stick.path());
    again.daemon.start();
    await comesOnline({ ...the, shop: again });
    expect(deviceOf(again)).toBe(deviceOf(the.shop));
    expect(outboxOf(again)).toBe(0);
    expect(await cloud.sql('select 1 from sync.devices where forked_from = $1', [deviceOf(again)])).toEqual([]);
  });
});

describe('a supervisor', () => {
  const cli = join(import.meta.dirname, '../../../src-cloud/local/provision-cli.ts');
  const run = (...args: string[]): Promise<{ stdout: string }> => {
    const env = { ...process.env, SUPABASE_URL: cloud.url, SUPABASE_SERVICE_ROLE_KEY: cloud.serviceRoleKey };
    return promisify(execFile)(process.execPath, [cli, ...args], { env });
  };

  it('brings a bundle straight to the cloud, and the answer counts on the PC', async () => {
    const the = await scene();
    const { stdout } = await run('bundle', stick.path());
    expect(stdout).toContain('Counter 1, Aling Nena Store: 6 of 6 changes taken, 0 had come before.');
    expect(await soldInCloud(cloud, the.product)).toEqual(all);
    expect((await run('bundle', stick.path())).stdout).toContain('0 of 6 changes taken, 6 had come before.');
    expect(await imported(the.shop, null, stick.path('shop.pulseranswer'))).toMatchObject({ operations: 6 });
    await comesOnline(the);
    await expect(run('bundle', stick.path('shop.pulseranswer'))).rejects.toThrow('answer to a bundle of Counter 1');
    await expect(run('bundle', stick.path('none'))).rejects.toThrow('no such file');
  });

  it('is told why nothing of it was taken', async () => {
    const the = await scene();
    await createProvision(cloud).revokeDevice(deviceOf(the.shop));
    await expect(run('bundle', stick.path())).rejects.toMatchObject({
      code: 3,
      stdout: expect.stringContaining('was removed from its store') as string,
    });
  });

  it('makes a key for the functions', async () => {
    const { stdout } = await run('bundle-key');
    const [key] = await cloudKeys({ PULSER_BUNDLE_KEY: stdout } as Parameters<typeof cloudKeys>[0]);
    expect(key?.publicKey).toHaveLength(87);
  });
});
