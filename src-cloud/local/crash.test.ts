import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pool } from 'pg';
import { authorise } from './realtime/authorise.ts';
import { testCloud, type TestCloud } from './testing.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await testCloud({ onError: () => undefined });
});
afterAll(() => cloud.stop());

const stores = (): Promise<Response> =>
  fetch(`${cloud.url}/rest/v1/stores`, { headers: { apikey: cloud.serviceRoleKey } });

describe('a cloud whose database dies and starts again', () => {
  it('serves again on the same port, with what had been committed', async () => {
    await cloud.adminSql('alter database postgres set synchronous_commit = on');
    const session = await cloud.session();
    await session.sql(
      `insert into stores (id, code, name, region, province, city, barangay) values (gen_random_uuid(), 'C', 'C', 'NCR', 'MM', 'M', 'T')`,
    );
    await session.sql('begin');
    const [cut] = await Promise.allSettled([session.sql('select pg_sleep(60)'), cloud.crashDatabase()]);
    expect(cut.status).toBe('rejected');
    await expect.poll(async () => (await stores()).status, { timeout: 30_000 }).toBe(200);
    expect(await (await stores()).json()).toMatchObject([{ code: 'C' }]);
  });

  it('leaves no connection behind with which somebody was just asking', async () => {
    const pool = new Pool({ connectionString: cloud.adminDatabaseUrl, max: 1 });
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    const ask = (): Promise<unknown> => authorise(pool, { role: 'authenticated', sub: crypto.randomUUID() }, 'sync:x');
    const asked = Promise.allSettled(Array.from({ length: 300 }, ask));
    await Promise.race([ask(), asked]).catch(() => undefined);
    await cloud.crashDatabase();
    await asked;
    expect(await ask()).toEqual({ read: false, write: false });
    await pool.end();
  });
});
