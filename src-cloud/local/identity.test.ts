import { randomUUID } from 'node:crypto';

import type { SupabaseClient } from '@supabase/supabase-js';
import { decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createProvision, type Provision } from './provision.ts';
import {
  addStore,
  addUser,
  anonymous,
  callFunction,
  deviceOf,
  enrolDevice,
  password,
  testKeys,
  type TestDevice,
} from './test-support.ts';
import { testCloud, type TestCloud } from './testing.ts';

let cloud: TestCloud;
let provision: Provision;
let storeId = '';
beforeAll(async () => {
  cloud = await testCloud();
  provision = createProvision(cloud);
  storeId = await newStore();
});
afterAll(() => cloud.stop());

const newStore = (): Promise<string> => addStore(provision);
const newDevice = async (name = 'Counter', store = storeId): Promise<TestDevice> =>
  enrolDevice(cloud, await provision.createEnrolmentCode(store), name);
const grant = (deviceId: string, scopes: readonly string[]): Promise<unknown> =>
  cloud.sql('select grant_scopes($1, $2)', [deviceId, scopes]);
const ask = async (body: unknown): Promise<{ status: number; body: Record<string, unknown> }> => {
  const response = await callFunction(cloud, 'token', body);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

/** A PC that the version before enrolled: a user of Auth with a password. */
async function passwordDevice(): Promise<{ id: string; email: string; client: () => Promise<SupabaseClient> }> {
  const { id } = await newDevice('Old');
  const email = `device-${randomUUID()}@devices.invalid`;
  const user = await addUser(cloud, email, { device_id: id, store_id: storeId, kind: 'device' });
  await cloud.sql('update sync.devices set public_key = null, auth_user = $2 where id = $1', [id, user]);
  return {
    id,
    email,
    client: async () => {
      const client = anonymous(cloud);
      const { error } = await client.auth.signInWithPassword({ email, password });
      if (error) throw error;
      return client;
    },
  };
}

describe('the sign-in of a PC', () => {
  it('answers a token of 15 minutes that says which PC it is', async () => {
    const device = await newDevice();
    const { status, body } = await ask(device.assertion());
    expect(status).toBe(200);
    expect(body).toMatchObject({ expiresIn: 900 });
    expect(Math.abs(Number(body['now']) - Date.now())).toBeLessThan(10_000);
    const { payload } = await jwtVerify(String(body['token']), new TextEncoder().encode(cloud.jwtSecret));
    expect(payload).toMatchObject({
      role: 'authenticated',
      aud: 'authenticated',
      sub: device.id,
      app_metadata: { device_id: device.id, store_id: storeId, kind: 'device' },
    });
    expect(Number(payload.exp) - Number(payload.iat)).toBe(900);
    const client = await device.client();
    expect((await client.from('stores').select('name')).data).toEqual([{ name: 'Aling Nena' }]);
    expect((await client.rpc('sync_pull')).error).toBeNull();
    expect((await provision.listDevices(storeId)).find(({ id }) => id === device.id)?.lastSeenAt).not.toBeNull();
  });

  it('takes what was signed once', async () => {
    const assertion = (await newDevice()).assertion();
    const answers = await Promise.all([ask(assertion), ask(assertion), ask(assertion)]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'nonce' });
    // and remembers it only as long as it could be shown again
    await cloud.sql(`update sync.nonces set at = now() - interval '6 minutes'`);
    const { id, assertion: sign } = await newDevice();
    expect((await ask(sign())).status).toBe(200);
    expect(await cloud.sql('select device_id from sync.nonces')).toEqual([{ device_id: id }]);
  });

  it('tells a PC with a wrong clock the time, and takes nothing it signed for another one', async () => {
    const device = await newDevice();
    for (const at of [Date.now() - 61_500, Date.now() + 61_500, 0]) {
      const { status, body } = await ask(device.assertion({ at }));
      expect([status, body['code']]).toEqual([409, 'clock']);
      expect(Math.abs(Number(body['now']) - Date.now())).toBeLessThan(10_000);
    }
    expect((await ask(device.assertion({ at: Date.now() - 30_000 }))).status).toBe(200);
  });

  it('refuses who has not the key, before anything else is said', async () => {
    const [a, b] = [await newDevice(), await newDevice()];
    await provision.revokeDevice(b.id);
    expect(await ask({ ...a.assertion(), signature: testKeys().sign('x') })).toMatchObject({
      status: 401,
      body: { code: 'bad-signature' },
    });
    // the key of one PC is nothing for another, revoked or not
    expect((await ask(a.assertion({ deviceId: b.id }))).body).toMatchObject({ code: 'bad-signature' });
    expect((await ask({ ...a.assertion(), at: Date.now() + 1 })).body).toMatchObject({ code: 'bad-signature' });
    expect(await ask(a.assertion({ deviceId: randomUUID() }))).toMatchObject({
      status: 401,
      body: { code: 'unknown-device' },
    });
    expect(await ask(b.assertion())).toMatchObject({ status: 403, body: { code: 'revoked' } });
  });

  it('refuses what is no request of its kind', async () => {
    const device = await newDevice();
    for (const instead of [
      { deviceId: 'nobody' },
      { deviceId: `${device.id}'` },
      { at: '2026' },
      { at: 1.5 },
      { at: 1e300 },
      { nonce: '' },
      { nonce: 'n'.repeat(65) },
      { signature: '***' },
      { signature: undefined },
    ]) {
      expect(await ask({ ...device.assertion(), ...instead })).toMatchObject({
        status: 400,
        body: { code: 'bad-input' },
      });
    }
    expect((await ask([])).status).toBe(400);
  });

  it('says that the cloud is busy when the database is', async () => {
    const device = await newDevice();
    for (const name of ['device_key', 'device_sign_in']) {
      cloud.faults.set([{ match: { path: `/rest/v1/rpc/${name}` }, do: 'status', status: 500 }]);
      expect(await ask(device.assertion())).toMatchObject({ status: 503, body: { code: 'cloud-busy' } });
      cloud.faults.clear();
    }
  });

  it('is the service role’s to grant: nobody else reads keys or signs in for a PC', async () => {
    const device = await newDevice();
    const client = await device.client();
    for (const [name, args] of [
      ['device_key', { p_device: device.id }],
      ['device_sign_in', { p_device: device.id, p_at: Date.now(), p_nonce: 'n' }],
      ['revoke_device', { p_device_id: device.id }],
      ['list_devices', {}],
      ['enrol_device', { p_code_hash: 'x', p_device_name: 'x', p_public_key: 'x', p_source: '' }],
    ] as const) {
      expect((await client.rpc(name, args)).error).toMatchObject({ code: '42501' });
      expect((await anonymous(cloud).rpc(name, args)).error).toMatchObject({ code: '42501' });
    }
    for (const name of ['sync_fork', 'sync_set_key'])
      expect((await anonymous(cloud).rpc(name, { public_key: 'x' })).error).toMatchObject({ code: '42501' });
  });
});

describe('a replaced PC', () => {
  it('is shut out when the code is used, and the new one has its name and rights', async () => {
    const other = await newStore();
    const old = await newDevice('Front counter');
    const scopes = ['chain', `store:${storeId}`, `store:${other}`];
    await grant(old.id, [`store:${other}`]);
    await (await old.client()).rpc('sync_choose', { scopes, windows: { sales: 90 } });
    const oldClient = await old.client();
    const code = await provision.createEnrolmentCode(storeId, 15, old.id);
    expect((await oldClient.rpc('sync_pull')).error).toBeNull();

    const next = await enrolDevice(cloud, code, 'New box');
    expect((await oldClient.rpc('sync_pull')).error).toMatchObject({ message: 'DEVICE_REVOKED' });
    const listed = await provision.listDevices(storeId);
    expect(listed.find(({ id }) => id === old.id)?.revokedAt).not.toBeNull();
    expect(listed.find(({ id }) => id === next.id)).toMatchObject({
      name: 'Front counter',
      replaces: old.id,
      revokedAt: null,
    });
    const { data } = await (await next.client()).rpc('sync_pull');
    expect(Object.keys((data as { channels: object }).channels).toSorted()).toEqual(scopes.toSorted());
    expect((data as { held: object }).held).toMatchObject({ grants: [`store:${other}`], windows: { sales: 90 } });
  });

  it('may have been revoked before, but is of the same store', async () => {
    const lost = await newDevice('Lost');
    await provision.revokeDevice(lost.id);
    const next = await enrolDevice(cloud, await provision.createEnrolmentCode(storeId, 15, lost.id));
    expect((await provision.listDevices()).find(({ id }) => id === next.id)?.name).toBe('Lost');
    await expect(provision.createEnrolmentCode(await newStore(), 15, lost.id)).rejects.toThrow('UNKNOWN_DEVICE');
    await expect(provision.createEnrolmentCode(storeId, 15, randomUUID())).rejects.toThrow('UNKNOWN_DEVICE');
  });
});

describe('the copy of a disk', () => {
  it('gets a place of its own with the same rights, once for each key', async () => {
    const device = await newDevice('Back');
    const other = `store:${await newStore()}`;
    const scopes = ['chain', `store:${storeId}`, other].toSorted();
    await grant(device.id, [other]);
    await (await device.client()).rpc('sync_choose', { scopes, windows: { sales: 30 } });
    await cloud.sql('update sync.devices set last_batch = 7 where id = $1', [device.id]);
    const client = await device.client();
    const keys = testKeys();
    const first = await client.rpc('sync_fork', { public_key: keys.publicKey });
    expect(first.error).toBeNull();
    const told = first.data as { deviceId: string; counter: number; deviceName: string };
    expect(told).toMatchObject({ storeId, epoch: 1, storeName: 'Aling Nena' });
    expect(told.deviceName).toMatch(/^Back \(\d+\)$/);
    expect((await client.rpc('sync_fork', { public_key: keys.publicKey })).data).toEqual(told);
    expect(
      await cloud.sql(
        'select scopes, grants, windows, last_batch::int, forked_from, revoked_at from sync.devices where id = $1',
        [told.deviceId],
      ),
    ).toEqual([
      { scopes, grants: [other], windows: { sales: 30 }, last_batch: 0, forked_from: device.id, revoked_at: null },
    ]);
    const fork = deviceOf(cloud, told.deviceId, keys);
    expect((await (await fork.client()).rpc('sync_pull')).error).toBeNull();
    expect((await client.rpc('sync_pull')).error).toBeNull();
    const second = await client.rpc('sync_fork', { public_key: testKeys().publicKey });
    expect((second.data as typeof told).deviceName).not.toBe(told.deviceName);
    for (const public_key of [null, '', 'x'.repeat(44)])
      expect((await client.rpc('sync_fork', { public_key })).error).toMatchObject({ message: 'BAD_KEY' });
  });

  it('does not multiply without end', async () => {
    const client = await (await newDevice()).client();
    const forks = [];
    for (let i = 0; i < 21; i += 1) forks.push(await client.rpc('sync_fork', { public_key: testKeys().publicKey }));
    expect(forks.filter(({ error }) => error === null)).toHaveLength(20);
    expect(forks.at(-1)).toMatchObject({ status: 429, error: { message: 'FORKS' } });
  });
});

describe('a PC that was enrolled with a password', () => {
  it('goes on, and moves to a key pair; then the password only proves that a disk is a copy from before', async () => {
    const old = await passwordDevice();
    const client = await old.client();
    expect((await client.rpc('sync_pull')).error).toBeNull();
    expect((await provision.listDevices()).find(({ id }) => id === old.id)?.signIn).toBe('password');
    const keys = testKeys();
    expect((await client.rpc('sync_set_key', { public_key: keys.publicKey })).error).toBeNull();
    expect((await (await deviceOf(cloud, old.id, keys).client()).rpc('sync_pull')).error).toBeNull();

    const forked = { code: 'PT409', message: 'FORKED' };
    for (const restored of [client, await old.client()]) {
      expect((await restored.rpc('sync_pull')).error).toMatchObject(forked);
      expect((await restored.rpc('sync_set_key', { public_key: testKeys().publicKey })).error).toMatchObject(forked);
      expect((await restored.from('stores').select('name')).data).toEqual([]);
    }
    const fork = testKeys();
    const told = (await client.rpc('sync_fork', { public_key: fork.publicKey })).data as { deviceId: string };
    expect((await (await deviceOf(cloud, told.deviceId, fork).client()).rpc('sync_pull')).error).toBeNull();
    await provision.revokeDevice(old.id);
    expect((await client.rpc('sync_fork', { public_key: testKeys().publicKey })).error).toMatchObject({
      message: 'DEVICE_REVOKED',
    });
  });
});

describe('an operator', () => {
  it('has an account of their own, which opens nothing in the cloud', async () => {
    const email = `${randomUUID()}@example.com`;
    const secret = await provision.createOperator({ email, name: 'Maria Santos', role: 'supervisor' });
    const client = anonymous(cloud);
    const { data, error } = await client.auth.signInWithPassword({ email, password: secret });
    expect(error).toBeNull();
    expect(decodeJwt(data.session?.access_token ?? '')).toMatchObject({
      app_metadata: { kind: 'operator', name: 'Maria Santos', role: 'supervisor' },
    });
    expect((await client.rpc('sync_pull')).error).toMatchObject({ message: 'DEVICE_UNKNOWN' });
    expect((await client.from('products').select('id')).data).toEqual([]);
    await expect(provision.createOperator({ email, name: 'Maria', role: 'clerk' })).rejects.toThrow('email');
  });
});
