import { REALTIME_SUBSCRIBE_STATES, type RealtimeChannel, type SupabaseClient } from '@supabase/supabase-js';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { member, notesCloud, service } from './test-support.ts';
import type { TestCloud } from './testing.ts';

type Heard = { readonly event: string; readonly payload: unknown };
type Subscription = {
  readonly channel: RealtimeChannel;
  readonly states: string[];
  readonly reasons: string[];
  readonly heard: Heard[];
};

const clients: SupabaseClient[] = [];

async function subscribe(
  client: SupabaseClient,
  topic: string,
  config: object = { private: true },
): Promise<Subscription> {
  if (!clients.includes(client)) clients.push(client);
  const channel = client.channel(topic, { config });
  const subscription: Subscription = { channel, states: [], reasons: [], heard: [] };
  channel
    .on('broadcast', { event: '*' }, ({ event, payload }: { event: string; payload?: unknown }) => {
      subscription.heard.push({ event, payload });
    })
    .on('system', {}, ({ message }: { message: string }) => subscription.reasons.push(message));
  await new Promise<void>((resolve) => {
    channel.subscribe((state, error) => {
      subscription.states.push(state);
      if (error) subscription.reasons.push(error.message);
      resolve();
    });
  });
  return subscription;
}

describe.each(['1.0.0', '2.0.0'] as const)('Realtime, protocol %s', (version) => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await notesCloud();
  });
  afterAll(() => cloud.stop());
  afterEach(async () => {
    for (const client of clients.splice(0)) {
      await client.removeAllChannels();
      await client.realtime.disconnect();
    }
  });

  it('opens a private channel to whom the policy lets in, and to nobody else', async () => {
    const red = await member(cloud, 'red', version);
    const own = await subscribe(red, 'team:red');
    expect(own.states).toEqual([REALTIME_SUBSCRIBE_STATES.SUBSCRIBED]);
    const foreign = await subscribe(red, 'team:blue');
    expect(foreign.states[0]).toBe(REALTIME_SUBSCRIBE_STATES.CHANNEL_ERROR);
    expect(foreign.reasons[0]).toContain('do not have permissions to read from this Channel topic: team:blue');
    expect(await cloud.adminSql('select 1 from realtime.messages')).toEqual([]);
  });

  it('carries what the database sends to its own channel only, when it commits', async () => {
    const red = await subscribe(await member(cloud, 'red', version), 'team:red');
    const blue = await subscribe(await member(cloud, 'blue', version), 'team:blue');
    const open = await subscribe(await member(cloud, 'blue', version), 'team:red', { private: false });
    await expect(
      cloud.sql(`do $$ begin perform realtime.send('{"n":0}', 'head', 'team:red'); raise 'undone'; end $$`),
    ).rejects.toThrow('undone');
    for (const n of [1, 2, 3])
      await cloud.sql(`select realtime.send(jsonb_build_object('n', $1::int), 'héad', 'team:red', true)`, [n]);
    await cloud.sql(`select realtime.send('{"n":9}', 'head', 'team:blue', true)`);
    await vi.waitFor(() => expect(red.heard).toHaveLength(3));
    await vi.waitFor(() => expect(blue.heard).toHaveLength(1));
    expect(red.heard.map(({ payload }) => (payload as { n: number }).n)).toEqual([1, 2, 3]);
    expect(red.heard[0]?.event).toBe('héad');
    expect(open.heard).toEqual([]);
    await cloud.adminSql('delete from realtime.messages');
  });

  it('carries a message between clients, with an acknowledgement', async () => {
    const sender = await subscribe(await member(cloud, 'red', version), 'team:red', {
      private: true,
      broadcast: { ack: true },
    });
    const receiver = await subscribe(await member(cloud, 'red', version), 'team:red');
    const sent = await sender.channel.send({ type: 'broadcast', event: 'hello', payload: { name: 'Ñ' } });
    expect(sent).toBe('ok');
    await vi.waitFor(() => expect(receiver.heard).toEqual([{ event: 'hello', payload: { name: 'Ñ' } }]));
    expect(sender.heard).toEqual([]);
  });

  it('does not carry what the policy does not let a client send', async () => {
    const receiver = await subscribe(await member(cloud, 'quiet', version), 'team:quiet');
    const sender = await subscribe(await member(cloud, 'quiet', version), 'team:quiet', {
      private: true,
      broadcast: { ack: true },
    });
    expect(await sender.channel.send({ type: 'broadcast', event: 'hello', payload: {} }, { timeout: 300 })).toBe(
      'timed out',
    );
    await cloud.sql(`select realtime.send('{}', 'after', 'team:quiet', true)`);
    await vi.waitFor(() => expect(receiver.heard.map(({ event }) => event)).toEqual(['after']));
  });

  it('tells a client that lost its right when it renews its token', async () => {
    const client = await member(cloud, 'green', version);
    const subscription = await subscribe(client, 'team:green');
    await cloud.sql("insert into closed_teams values ('green')");
    try {
      // A token renewed within the same second with the same claims is the same token, and no client sends that again.
      const { data: signedIn } = await client.auth.getUser();
      await service(cloud).auth.admin.updateUserById(signedIn.user?.id ?? '', { app_metadata: { shift: 2 } });
      const { data } = await client.auth.refreshSession();
      await client.realtime.setAuth(data.session?.access_token ?? '');
      await vi.waitFor(() => expect(subscription.states).toContain(REALTIME_SUBSCRIBE_STATES.CLOSED));
      expect(subscription.reasons.join()).toContain('do not have permissions');
    } finally {
      await cloud.sql('delete from closed_teams');
    }
  });

  it('cuts the connection when the cloud goes offline, and serves again afterwards', async () => {
    const client = await member(cloud, 'red', version);
    const subscription = await subscribe(client, 'team:red');
    await cloud.setOffline(true);
    try {
      await vi.waitFor(() => expect(subscription.states).toContain(REALTIME_SUBSCRIBE_STATES.CHANNEL_ERROR));
      await expect(fetch(`${cloud.url}/rest/v1/notes`, { headers: { apikey: cloud.anonKey } })).rejects.toThrow();
    } finally {
      await cloud.setOffline(false);
    }
    await vi.waitFor(() => expect(subscription.states.at(-1)).toBe(REALTIME_SUBSCRIBE_STATES.SUBSCRIBED), {
      timeout: 15_000,
    });
  });
});

describe('Realtime and the life time of tokens', () => {
  it('ends a subscription when its token runs out', async () => {
    const cloud = await notesCloud({ tokenLifetimeSeconds: 2 });
    try {
      const subscription = await subscribe(await member(cloud, 'red'), 'team:red');
      expect(subscription.states).toEqual([REALTIME_SUBSCRIBE_STATES.SUBSCRIBED]);
      await vi.waitFor(() => expect(subscription.reasons.join()).toContain('Token has expired'), { timeout: 10_000 });
      expect(subscription.states).toContain(REALTIME_SUBSCRIBE_STATES.CLOSED);
    } finally {
      for (const client of clients.splice(0)) await client.realtime.disconnect();
      await cloud.stop();
    }
  });
});
