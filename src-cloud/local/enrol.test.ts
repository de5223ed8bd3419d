import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createProvision } from './provision.ts';
import { anonymous } from './test-support.ts';
import { testCloud, type TestCloud } from './testing.ts';

const store = {
  code: 'S-01',
  name: 'Aling Nena',
  region: 'IV-A',
  province: 'Laguna',
  city: 'Calamba',
  barangay: 'Real',
};

describe('enrolment', () => {
  let cloud: TestCloud;
  let storeId = '';
  beforeAll(async () => {
    cloud = await testCloud();
    storeId = await createProvision(cloud).createStore(store);
  });
  afterAll(() => cloud.stop());

  const enrol = (body: unknown, key = cloud.anonKey): Promise<Response> =>
    fetch(`${cloud.url}/functions/v1/enrol`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    });
  const users = async (): Promise<number> => (await cloud.adminSql('select 1 from auth.users')).length;

  it('turns a code, however typed, into a sign-in of its own that sees the store', async () => {
    const code = await createProvision(cloud).createEnrolmentCode(storeId);
    expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    const response = await enrol({
      code: ` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o')} `,
      deviceName: 'Counter 1',
    });
    expect(response.status).toBe(200);
    const enrolled = (await response.json()) as Record<string, string>;
    expect(enrolled).toMatchObject({ storeId, storeName: 'Aling Nena', deviceName: 'Counter 1', epoch: 1 });
    const client = anonymous(cloud);
    const signedIn = await client.auth.signInWithPassword({
      email: enrolled['email'] ?? '',
      password: enrolled['password'] ?? '',
    });
    expect(signedIn.data.user?.app_metadata).toMatchObject({
      device_id: enrolled['deviceId'],
      store_id: storeId,
      kind: 'device',
    });
    expect((await client.from('stores').select('name')).data).toEqual([{ name: 'Aling Nena' }]);

    await createProvision(cloud).revokeDevice(enrolled['deviceId'] ?? '');
    expect((await client.from('stores').select('name')).data).toEqual([]);
  });

  it('takes a code once, also when two PCs use it at the same moment', async () => {
    const code = await createProvision(cloud).createEnrolmentCode(storeId);
    const before = await users();
    const answers = await Promise.all([1, 2, 3].map((n) => enrol({ code, deviceName: `PC ${n}` })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(2);
    const refused = answers.find(({ status }) => status === 403);
    expect(await refused?.json()).toMatchObject({ code: 'code-refused' });
    expect(await users()).toBe(before + 1);
  });

  it('refuses a wrong and an old code, and leaves no sign-in behind', async () => {
    const old = await createProvision({ ...cloud, now: () => Date.now() - 16 * 60_000 }).createEnrolmentCode(storeId);
    const before = await users();
    for (const code of ['AAAA-BBBB-CCCC', old]) expect((await enrol({ code, deviceName: 'PC' })).status).toBe(403);
    expect(await users()).toBe(before);
  });

  it('refuses what is no request of its kind', async () => {
    for (const body of [
      {},
      { code: 'x' },
      { code: 'x', deviceName: ' ' },
      { code: 7, deviceName: 'PC' },
      { code: 'x', deviceName: 'n'.repeat(81) },
    ]) {
      const response = await enrol(body);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'bad-input' });
    }
    expect((await enrol({ code: 'x', deviceName: 'PC' }, 'no-token')).status).toBe(401);
    expect(
      (await fetch(`${cloud.url}/functions/v1/nothing`, { headers: { authorization: `Bearer ${cloud.anonKey}` } }))
        .status,
    ).toBe(404);
  });

  it('gives up cleanly when its last step cannot be done', async () => {
    const code = await createProvision(cloud).createEnrolmentCode(storeId);
    const before = await users();
    cloud.faults.set([{ match: { path: '/auth/v1/admin/users/', method: 'PUT' }, do: 'status', status: 500 }]);
    try {
      const response = await enrol({ code, deviceName: 'Unlucky' });
      expect(response.status).toBe(503);
      expect(await users()).toBe(before);
      const devices = await cloud.sql("select revoked_at is not null as revoked from devices where name = 'Unlucky'");
      expect(devices).toEqual([{ revoked: true }]);
    } finally {
      cloud.faults.clear();
    }
  });

  it('lets only the service role make codes', async () => {
    const answer = await anonymous(cloud).rpc('create_enrolment', {
      p_store_id: storeId,
      p_code_hash: 'x',
      p_expires_at: new Date(),
    });
    expect(answer.status).toBe(401);
    expect(answer.error).toMatchObject({ code: '42501' });
    await expect(createProvision(cloud).createEnrolmentCode(randomUUID())).rejects.toThrow('UNKNOWN_STORE');
  });

  it('seeds products, and leaves those that are there as they are', async () => {
    const rows = Array.from({ length: 1203 }, (_, n) => ({
      id: randomUUID(),
      sku: `SKU-${n}`,
      name: `Product ${n}`,
      local_name: null,
      brand: null,
      category: 'test',
      unit: 'pc',
      price: 1000 + n,
      cost: 900,
      active: true,
    }));
    const provision = createProvision(cloud);
    await provision.seedProducts(rows);
    await provision.seedProducts(rows.map((row) => ({ ...row, price: 1 })));
    expect(await cloud.sql('select count(*)::int as n, min(price)::int as cheapest from products')).toEqual([
      { n: 1203, cheapest: 1000 },
    ]);
  });
});
