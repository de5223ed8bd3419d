import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createProvision } from './provision.ts';
import { anonymous, testKeys } from './test-support.ts';
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

  const enrol = (body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${cloud.url}/functions/v1/enrol`, {
      method: 'POST',
      headers: { authorization: `Bearer ${cloud.anonKey}`, ...headers },
      body: JSON.stringify(body),
    });
  const devices = async (): Promise<number> => (await cloud.sql('select 1 from sync.devices')).length;
  const provision = (): ReturnType<typeof createProvision> => createProvision(cloud);

  it('turns a code, however typed, and a public key into a PC of the store', async () => {
    const code = await provision().createEnrolmentCode(storeId);
    expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    const { publicKey } = testKeys();
    const response = await enrol({
      code: ` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o')} `,
      deviceName: 'Counter 1',
      publicKey,
    });
    expect(response.status).toBe(200);
    const enrolled = (await response.json()) as Record<string, string>;
    expect(enrolled).toMatchObject({ storeId, storeName: 'Aling Nena', deviceName: 'Counter 1', epoch: 1, counter: 1 });
    expect(
      await cloud.sql('select public_key, scopes from sync.devices where id = $1', [enrolled['deviceId']]),
    ).toEqual([{ public_key: publicKey, scopes: ['chain', `store:${storeId}`] }]);
    expect(await provision().listDevices(storeId)).toMatchObject([
      { id: enrolled['deviceId'], name: 'Counter 1', signIn: 'key', lastSeenAt: null, revokedAt: null },
    ]);
  });

  it('takes a code once, also when two PCs use it at the same moment', async () => {
    const code = await provision().createEnrolmentCode(storeId);
    const before = await devices();
    const answers = await Promise.all(
      [1, 2, 3].map((n) => enrol({ code, deviceName: `PC ${n}`, publicKey: testKeys().publicKey })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 403, 403]);
    const refused = answers.find(({ status }) => status === 403);
    expect(await refused?.json()).toMatchObject({ code: 'code-refused' });
    expect(await devices()).toBe(before + 1);
  });

  it('answers the same PC again when the first answer was lost, and nobody else', async () => {
    const code = await provision().createEnrolmentCode(storeId);
    const body = { code, deviceName: 'Unlucky', publicKey: testKeys().publicKey };
    const lost = cloud.faults.add({ match: { path: '/functions/v1/enrol' }, do: 'drop-after', times: 1 });
    await expect(enrol(body)).rejects.toThrow();
    lost.remove();
    const before = await devices();
    const again = await enrol(body);
    expect(again.status).toBe(200);
    const { deviceId } = (await again.json()) as { deviceId: string };
    expect(await devices()).toBe(before);
    expect((await enrol({ ...body, publicKey: testKeys().publicKey })).status).toBe(403);
    await provision().revokeDevice(deviceId);
    expect((await enrol(body)).status).toBe(403);
  });

  it('refuses a wrong and an old code', async () => {
    const old = await createProvision({ ...cloud, now: () => Date.now() - 16 * 60_000 }).createEnrolmentCode(storeId);
    const before = await devices();
    for (const code of ['AAAA-BBBB-CCCC', old])
      expect((await enrol({ code, deviceName: 'PC', publicKey: testKeys().publicKey })).status).toBe(403);
    expect(await devices()).toBe(before);
  });

  it('takes ten wrong codes a minute from one place, and lets others go on', async () => {
    const guesser = { 'x-forwarded-for': '203.0.113.7' };
    const guess = (): Promise<Response> =>
      enrol({ code: randomUUID(), deviceName: 'PC', publicKey: testKeys().publicKey }, guesser);
    // the minute may turn while it guesses, so a second ten may be needed
    const answers = await Promise.all(Array.from({ length: 21 }, guess));
    expect(answers.map(({ status }) => status)).toContain(429);
    expect(answers.filter(({ status }) => status === 403).length).toBeLessThanOrEqual(20);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers.get('retry-after')).toBe('60');
    expect(await refused?.json()).toMatchObject({ code: 'cloud-busy' });
    // also a right code is not looked at then
    await cloud.sql(`insert into sync.wrong_codes select 'from 203.0.113.7', date_trunc('minute', now()) + m * interval '1 minute', 10
      from generate_series(0, 1) m on conflict (source, minute) do update set n = 10`);
    const code = await provision().createEnrolmentCode(storeId);
    const body = { code, deviceName: 'PC', publicKey: testKeys().publicKey };
    expect((await enrol(body, guesser)).status).toBe(429);
    expect((await enrol(body)).status).toBe(200);
    await cloud.sql(`insert into sync.wrong_codes select '', date_trunc('minute', now()) + m * interval '1 minute', 1000
      from generate_series(0, 1) m on conflict (source, minute) do update set n = 1000`);
    expect((await enrol({ ...body, code: await provision().createEnrolmentCode(storeId) })).status).toBe(429);
    await cloud.sql('delete from sync.wrong_codes');
  });

  it('refuses what is no request of its kind', async () => {
    const { publicKey } = testKeys();
    for (const body of [
      {},
      { code: 'x', publicKey },
      { code: 'x', deviceName: ' ', publicKey },
      { code: 7, deviceName: 'PC', publicKey },
      { code: 'x', deviceName: 'n'.repeat(81), publicKey },
      { code: 'x', deviceName: 'PC' },
      { code: 'x', deviceName: 'PC', publicKey: publicKey.slice(2) },
      { code: 'x', deviceName: 'PC', publicKey: `${publicKey.slice(1)}=` },
    ]) {
      const response = await enrol(body);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'bad-input' });
    }
    expect((await enrol({ code: 'x', deviceName: 'PC' }, { authorization: 'Bearer no-token' })).status).toBe(401);
    expect(
      (await fetch(`${cloud.url}/functions/v1/nothing`, { headers: { authorization: `Bearer ${cloud.anonKey}` } }))
        .status,
    ).toBe(404);
  });

  it('keeps the code when the cloud is busy', async () => {
    const code = await provision().createEnrolmentCode(storeId);
    const body = { code, deviceName: 'Patient', publicKey: testKeys().publicKey };
    cloud.faults.set([{ match: { path: '/rest/v1/rpc/enrol_device' }, do: 'status', status: 500 }]);
    expect((await enrol(body)).status).toBe(503);
    cloud.faults.clear();
    expect((await enrol(body)).status).toBe(200);
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
    await provision().seedProducts(rows);
    await provision().seedProducts(rows.map((row) => ({ ...row, price: 1 })));
    expect(await cloud.sql('select count(*)::int as n, min(price)::int as cheapest from products')).toEqual([
      { n: 1203, cheapest: 1000 },
    ]);
  });
});
