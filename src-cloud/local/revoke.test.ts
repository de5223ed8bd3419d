import { randomUUID } from 'node:crypto';

import { REALTIME_SUBSCRIBE_STATES, type SupabaseClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createProvision, type Provision } from './provision.ts';
import { addStore, enrolDevice, testKeys, type TestDevice } from './test-support.ts';
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
describe('a revoked PC', () => {
  const push = (client: SupabaseClient): PromiseLike<{ error: unknown }> =>
    client.rpc('sync_push', { batch: 1, epoch: 1, hash: 'x', body: { sections: [] } });

  it('opens nothing any more, though its token is still good', async () => {
    const device = await newDevice();
    const client = await device.client();
    expect((await push(client)).error).toBeNull();
    await provision.revokeDevice(device.id);
    const revoked = { code: 'PT403', message: 'DEVICE_REVOKED' };
    expect((await push(client)).error).toMatchObject(revoked);
    expect((await client.rpc('sync_pull')).error).toMatchObject(revoked);
    expect((await client.rpc('sync_fork', { public_key: testKeys().publicKey })).error).toMatchObject(revoked);
    expect((await client.from('stores').select('name')).data).toEqual([]);
    await provision.revokeDevice(device.id);
    await expect(provision.revokeDevice(randomUUID())).rejects.toThrow('UNKNOWN_DEVICE');
  });

  it('is shut out also from what it had asked for while it was being revoked', async () => {
    const device = await newDevice();
    const client = await device.client();
    const key = testKeys().publicKey;
    const asks: [name: string, ask: () => PromiseLike<{ error: unknown }>][] = [
      ['sync_push', () => push(client)],
      ['sync_fork', () => client.rpc('sync_fork', { public_key: key })],
    ];
    const { sql, end } = await cloud.session();
    await sql('begin');
    await sql('select public.revoke_device($1)', [device.id]);
    const answers = asks.map(([, ask]) => Promise.resolve(ask()));
    await expect
      .poll(() => cloud.adminSql(`select 1 from pg_stat_activity where wait_event_type = 'Lock' and state = 'active'`))
      .toHaveLength(asks.length);
    await sql('commit');
    await end();
    for (const { error } of await Promise.all(answers))
      expect(error).toMatchObject({ code: 'PT403', message: 'DEVICE_REVOKED' });
    expect(await cloud.sql('select 1 from sync.devices where forked_from = $1', [device.id])).toEqual([]);
  });

  it('hears nothing on its open connection of what is committed later, and the others do', async () => {
    const [out, stays] = [await newDevice(), await newDevice()];
    const [outClient, staysClient] = [await out.client(), await stays.client()];
    const before = await topicsOf(outClient);
    expect(Object.keys(before).toSorted()).toEqual(['chain', `store:${storeId}`]);
    expect(await topicsOf(staysClient)).toEqual(before);
    const heardOut: string[] = [];
    const heardStays: string[] = [];
    for (const topic of Object.values(before)) {
      await listen(outClient, topic, heardOut);
      await listen(staysClient, topic, heardStays);
    }
    const product = async (name: string): Promise<void> =>
      void (await cloud.sql(
        `insert into products (id, sku, name, category, unit, price, cost, active) values (gen_random_uuid(), $1, $1, 'c', 'pc', 1, 1, true)`,
        [name],
      ));
    await product('one');
    await expect.poll(() => [heardOut, heardStays]).toEqual([['head'], ['head']]);

    await provision.revokeDevice(out.id);
    await expect.poll(() => heardStays).toEqual(['head', 'moved', 'moved']);
    const after = await topicsOf(staysClient);
    expect(Object.values(after).filter((topic) => Object.values(before).includes(topic))).toEqual([]);
    for (const topic of Object.values(after)) await listen(staysClient, topic, heardStays);
    heardStays.length = 0;
    await product('two');
    await expect.poll(() => heardStays).toEqual(['head']);
    // messages come in the order of their commits: after this one nothing of before can still be on its way
    await cloud.adminSql(`select realtime.send('{}', 'fence', $1, true)`, [before['chain']]);
    await expect.poll(() => heardOut).toContain('fence');
    expect(heardOut).toEqual(['head', 'moved', 'moved', 'fence']);
    // nor does it help to be told the names
    await expect(listen(outClient, after['chain'] ?? '', heardOut)).rejects.toThrow('Unauthorized');
    await Promise.all([outClient.removeAllChannels(), staysClient.removeAllChannels()]);
  });

  it('loses the channel of a scope that is no longer granted', async () => {
    const [device, other] = [await newDevice(), `store:${await newStore()}`];
    await grant(device.id, [other]);
    const client = await device.client();
    const told = await client.rpc('sync_choose', { scopes: [other], windows: {} });
    expect(told.error).toBeNull();
    const before = await topicsOf(client);
    const heard: string[] = [];
    await listen(client, before[other] ?? '', heard);
    await grant(device.id, []);
    await expect.poll(() => heard).toEqual(['moved']);
    const [{ topic } = { topic: '' }] = await cloud.sql<{ topic: string }>(
      'select sync.topic(key, channel) as topic from sync.scopes where key = $1',
      [other],
    );
    expect(topic).not.toBe(before[other]);
    const after = await topicsOf(client);
    delete before[other];
    expect(after).toEqual(before);
    await expect(listen(client, topic, [])).rejects.toThrow('Unauthorized');
    await client.removeAllChannels();
  });

  it('cannot be listened to by PCs of another store', async () => {
    const stranger = await newDevice('Stranger', await newStore());
    const insider = await newDevice();
    const { data } = await (await insider.client()).rpc('sync_pull');
    const topics = (data as { channels: Record<string, string> }).channels;
    const client = await stranger.client();
    await expect(listen(client, topics[`store:${storeId}`] ?? '', [])).rejects.toThrow('Unauthorized');
    await expect(listen(client, `scope:store:${storeId}`, [])).rejects.toThrow('Unauthorized');
    await expect(listen(client, `scope:chain`, [])).rejects.toThrow('Unauthorized');
    await listen(client, topics['chain'] ?? '', []);
    await client.removeAllChannels();
  });

  const topicsOf = async (client: SupabaseClient): Promise<Record<string, string>> =>
    ((await client.rpc('sync_pull')).data as { channels: Record<string, string> }).channels;

  /** Joins a private channel and notes the events on it. */
  async function listen(client: SupabaseClient, topic: string, heard: string[]): Promise<void> {
    await client.realtime.setAuth();
    const channel = client.channel(topic, { config: { private: true } });
    for (const event of ['head', 'moved', 'fence']) channel.on('broadcast', { event }, () => heard.push(event));
    await new Promise<void>((resolve, reject) => {
      channel.subscribe((status, error) => {
        if (status === REALTIME_SUBSCRIBE_STATES.SUBSCRIBED) resolve();
        else if (status === REALTIME_SUBSCRIBE_STATES.CHANNEL_ERROR) {
          void client.removeChannel(channel);
          reject(error ?? new Error(status));
        }
      });
    });
  }
});
