import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createProvision } from '#cloud/local/provision.ts';
import { testCloud, type TestCloud } from '#cloud/local/testing.ts';
import { readIdentity } from '#main/store/identity.ts';
import { readMeta, writeMeta } from '#main/store/meta.ts';
import { testStore } from '#main/store/testing.ts';
import { keyPairFor } from './enrol.ts';
import { createOperators } from './operators.ts';
import type { TestPc } from './testing/pc.ts';
import { insert, row } from './testing/rows.ts';
import { createTestShop } from './testing/shop.ts';
import { createSupabaseTransport } from './transport/supabase.ts';
import type { Credential } from './transport/types.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await testCloud();
});
afterAll(() => cloud.stop());

const { open, close, allSettle } = createTestShop(() => cloud);
afterEach(() => close());

const provision = (): ReturnType<typeof createProvision> => createProvision(cloud);
const credential = (pc: TestPc): Credential | undefined => readMeta(pc.store.read, 'credential');
const deviceId = (pc: TestPc): string => readIdentity(pc.store.read)?.deviceId ?? '';
const transport = (): ReturnType<typeof createSupabaseTransport> =>
  createSupabaseTransport({ url: cloud.url, anonKey: cloud.anonKey, compressThreshold: 1000 });
const inCloud = (id: string): Promise<unknown[]> => cloud.sql('select name from customers where id = $1', [id]);

/** Makes a PC what the version before left: a user with a password in the cloud and in the store. */
async function giveItAPassword(pc: TestPc): Promise<Credential> {
  await pc.daemon.stop();
  const password = randomUUID();
  const email = `device-${randomUUID()}@devices.invalid`;
  const response = await fetch(`${cloud.url}/auth/v1/admin/users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${cloud.serviceRoleKey}`, apikey: cloud.serviceRoleKey },
    body: JSON.stringify({
      email,
      password,
      email_confirm: true,
      app_metadata: { device_id: deviceId(pc), store_id: readIdentity(pc.store.read)?.storeId, kind: 'device' },
    }),
  });
  const { id } = (await response.json()) as { id: string };
  await cloud.sql('update sync.devices set public_key = null, auth_user = $2 where id = $1', [deviceId(pc), id]);
  pc.store.apply(null, (db) => writeMeta(db, 'credential', { email, password }));
  return { email, password };
}

describe('a PC', () => {
  it('keeps its private key in its store and nowhere else', async () => {
    const [pc] = (await open(1)) as [TestPc];
    expect(credential(pc)).toEqual({ deviceId: deviceId(pc), privateKey: expect.any(String) });
    expect(readMeta(pc.store.read, 'enrolling')).toBeUndefined();
    const { privateKey } = credential(pc) as { privateKey: string };
    const dump = await cloud.adminSql<{ all: string }>(
      `select (select json_agg(d)::text from sync.devices d) || (select json_agg(n)::text from sync.nonces n) || (select json_agg(e)::text from sync.enrolments e) as all`,
    );
    expect(dump[0]?.all).toContain(deviceId(pc));
    expect(dump[0]?.all).not.toContain(privateKey);
  });

  it('is enrolled once when the answer was lost and the same code is typed again', async () => {
    const { store, cleanup } = testStore();
    const storeId = await provision().createStore({
      code: randomUUID(),
      name: 'Aling Nena',
      region: 'NCR',
      province: 'MM',
      city: 'Manila',
      barangay: 'Tondo',
    });
    const code = await provision().createEnrolmentCode(storeId);
    const first = keyPairFor(store, code);
    expect(keyPairFor(store, ` ${code.toLowerCase()} `)).toEqual(first);
    cloud.faults.set([{ match: { path: '/functions/v1/enrol' }, do: 'drop-after', times: 1 }]);
    const way = transport();
    expect(await way.enrol(code, 'PC', first.publicKey)).toMatchObject({ ok: false, error: { kind: 'offline' } });
    expect(await way.enrol(code, 'PC', keyPairFor(store, code).publicKey)).toMatchObject({ ok: true });
    expect(await provision().listDevices(storeId)).toHaveLength(1);
    // another code is another wish
    expect(keyPairFor(store, 'another')).not.toEqual(first);
    await way.close();
    cleanup();
  });

  it.each([-3, 400])('syncs with a clock that is %i days off', async (days) => {
    const [right, wrong] = [...(await open(1)), ...(await open(1, { now: () => Date.now() + days * 86_400_000 }))] as [
      TestPc,
      TestPc,
    ];
    const [theirs, mine] = [insert(right.store, 'products', {}), insert(wrong.store, 'products', {})];
    await allSettle();
    expect(row(wrong.store, 'products', theirs)).toBeDefined();
    expect(row(right.store, 'products', mine)).toBeDefined();
  });

  it('gets a new token when the cloud no longer takes the old one', async () => {
    const [pc] = (await open(1)) as [TestPc];
    const rule = cloud.faults.add({
      match: { path: 'sync_push' },
      do: 'status',
      status: 401,
      times: 1,
    });
    const id = insert(pc.store, 'customers', {});
    await pc.settle();
    expect(rule.hits()).toBe(1);
    rule.remove();
    expect(await inCloud(id)).toHaveLength(1);
    expect(pc.store.read.get(`SELECT count(*) AS n FROM _sync_runs WHERE outcome = 'failed'`)).toEqual({ n: 0 });
  });

  it.each([
    [{ do: 'status', status: 503 }, 'cloud-busy'],
    [{ do: 'html' }, 'cloud-rude'],
    [{ do: 'drop-before' }, 'offline'],
    [{ do: 'truncate', bytes: 10 }, 'offline'],
  ] as const)('says what is wrong when signing in meets %j', async (fault, code) => {
    const [pc] = (await open(1)) as [TestPc];
    cloud.faults.set([{ match: { path: '/functions/v1/token' }, ...fault }]);
    await pc.restart();
    await expect.poll(() => pc.daemon.status().failure?.code).toBe(code);
    cloud.faults.clear();
    pc.daemon.wake('operator');
    await pc.settle();
  });

  it('says when its key is no longer known, and when it was revoked while it was away', async () => {
    const [pc, gone] = (await open(2)) as [TestPc, TestPc];
    await cloud.sql('update sync.devices set public_key = null where id = $1', [deviceId(pc)]);
    await pc.restart();
    await expect.poll(() => pc.daemon.status().failure?.code).toBe('sign-in-expired');
    await gone.daemon.stop();
    await provision().revokeDevice(deviceId(gone));
    await gone.restart();
    await expect.poll(() => gone.daemon.status().failure?.code).toBe('revoked');
  });
});

describe('revoking one of three PCs', () => {
  it('leaves the others as fast as before', async () => {
    const [a, b, c] = (await open(3, { intervalMs: 3_600_000 })) as [TestPc, TestPc, TestPc];
    const first = insert(a.store, 'customers', {});
    for (const pc of [b, c]) await expect.poll(() => row(pc.store, 'customers', first)).toBeDefined();
    await provision().revokeDevice(deviceId(c));
    await expect.poll(() => c.daemon.status().failure?.code).toBe('revoked');
    const second = insert(a.store, 'customers', {});
    // nothing but the new channels can bring it: the next round is an hour away
    await expect.poll(() => row(b.store, 'customers', second), { timeout: 5000 }).toBeDefined();
    expect(row(c.store, 'customers', second)).toBeUndefined();
  });
});

describe('a PC that was enrolled by the version before', () => {
  it('goes on, and moves to a key pair by itself', async () => {
    const [pc] = (await open(1)) as [TestPc];
    const before = deviceId(pc);
    const old = await giveItAPassword(pc);
    const first = insert(pc.store, 'customers', {});
    await pc.restart();
    await pc.settle();
    expect(await inCloud(first)).toHaveLength(1);
    expect(credential(pc)).toEqual({ deviceId: before, privateKey: expect.any(String) });
    const second = insert(pc.store, 'customers', {});
    await pc.restart();
    await pc.settle();
    expect(await inCloud(second)).toHaveLength(1);
    expect(deviceId(pc)).toBe(before);
    // a disk from before the move has only the password: a copy
    const way = transport();
    way.useCredential(old, () => undefined);
    expect(await way.pull({ cursors: {}, maxRows: 1, knownShape: 0, cloudEpoch: 0, knownScopes: '' })).toMatchObject({
      ok: false,
      error: { kind: 'forked' },
    });
    await way.close();
  });

  it.each([true, false])(
    'has a place of its own when its disk is set back to before the move (with work to send: %s)',
    async (work) => {
      const [pc] = (await open(1)) as [TestPc];
      const before = deviceId(pc);
      const old = await giveItAPassword(pc);
      await pc.restart();
      await pc.settle();
      await pc.daemon.stop();
      pc.store.apply(null, (db) => writeMeta(db, 'credential', old));
      const id = work ? insert(pc.store, 'customers', {}) : null;
      await pc.restart();
      await expect.poll(() => deviceId(pc), { timeout: 10_000 }).not.toBe(before);
      await pc.settle();
      expect(await inCloud(id ?? randomUUID())).toHaveLength(work ? 1 : 0);
      expect(credential(pc)).toEqual({ deviceId: deviceId(pc), privateKey: expect.any(String) });
      expect((await provision().listDevices()).find((device) => device.id === deviceId(pc))?.forkedFrom).toBe(before);
    },
  );

  it.each(['sync_set_key', 'functions/v1/token'])('loses nothing when the answer of %s is lost', async (path) => {
    const [pc] = (await open(1)) as [TestPc];
    await giveItAPassword(pc);
    const lost = cloud.faults.add({ match: { path }, do: 'drop-after', times: 2 });
    const id = insert(pc.store, 'customers', {});
    await pc.restart();
    await expect.poll(() => lost.hits(), { timeout: 10_000 }).toBeGreaterThan(0);
    await expect.poll(() => inCloud(id), { timeout: 10_000 }).toHaveLength(1);
    expect(credential(pc)).not.toHaveProperty('password');
  });
});

describe('an operator', () => {
  it('signs in with the network, and stays without it', async () => {
    const [pc] = (await open(1)) as [TestPc];
    const email = `${randomUUID()}@example.com`;
    const password = await provision().createOperator({ email, name: 'Maria Santos', role: 'clerk' });
    const way = transport();
    const operators = createOperators(pc.store, way);
    expect(operators.current()).toBeNull();
    expect(await operators.signIn(email, 'wrong')).toMatchObject({ ok: false, error: { code: 'sign-in-refused' } });
    expect(await operators.signIn('nobody@example.com', 'x')).toMatchObject({ error: { code: 'sign-in-refused' } });
    const maria = { name: 'Maria Santos', email, role: 'clerk' };
    expect(await operators.signIn(` ${email.toUpperCase()}`.trim(), password)).toMatchObject({
      ok: true,
      value: maria,
    });
    await cloud.setOffline(true);
    expect(createOperators(pc.store, way).current()).toMatchObject(maria);
    expect(await operators.signIn(email, password)).toMatchObject({ ok: false, error: { code: 'offline' } });
    expect(operators.current()).toMatchObject(maria);
    operators.signOut();
    expect(operators.current()).toBeNull();
    await cloud.setOffline(false);
    await way.close();
    // nobody's session is left open in the cloud
    expect(
      await cloud.adminSql('select 1 from auth.sessions s join auth.users u on u.id = s.user_id where u.email = $1', [
        email,
      ]),
    ).toEqual([]);
  });

  it('is a person: the password of a PC signs nobody in', async () => {
    const [pc] = (await open(1)) as [TestPc];
    const old = (await giveItAPassword(pc)) as { email: string; password: string };
    const way = transport();
    expect(await createOperators(pc.store, way).signIn(old.email, old.password)).toMatchObject({
      ok: false,
      error: { code: 'sign-in-refused' },
    });
    await way.close();
  });
});
