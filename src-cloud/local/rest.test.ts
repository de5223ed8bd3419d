import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { anonymous, member, notesCloud, service } from './test-support.ts';
import type { TestCloud } from './testing.ts';

describe('REST through the gateway', () => {
  let cloud: TestCloud;
  const errors: unknown[] = [];
  beforeAll(async () => {
    cloud = await notesCloud({ onError: (error) => errors.push(error) });
    await cloud.sql(
      "insert into notes select n, case when n % 2 = 0 then 'red' else 'blue' end, 'note ' || n from generate_series(1, 2400) n",
    );
  });
  afterAll(() => cloud.stop());

  it('shows a user the rows of its policy and nobody else any', async () => {
    const red = await member(cloud, 'red');
    const { data, error } = await red.from('notes').select('id, team').order('id').limit(2);
    expect(error).toBeNull();
    expect(data).toEqual([
      { id: 2, team: 'red' },
      { id: 4, team: 'red' },
    ]);
    expect((await anonymous(cloud).from('notes').select()).data).toEqual([]);
    const { data: everything } = await service(cloud).from('notes').select('id').limit(2);
    expect(everything).toHaveLength(2);
  });

  it('takes no notice of a caller that went away while the database worked', async () => {
    const session = await cloud.session();
    await session.sql('begin');
    await session.sql('lock table notes in access exclusive mode');
    const caller = connect(Number(new URL(cloud.url).port), '127.0.0.1');
    caller.write(`GET /rest/v1/notes HTTP/1.1\r\nhost: cloud\r\napikey: ${cloud.serviceRoleKey}\r\n\r\n`);
    const waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%notes%'";
    await expect.poll(() => cloud.adminSql(waiting), { timeout: 20_000 }).toHaveLength(1);
    caller.destroy();
    await session.sql('rollback');
    await session.end();
    await expect.poll(() => cloud.adminSql(waiting), { timeout: 20_000 }).toHaveLength(0);
    const { data } = await service(cloud).from('notes').select('id').limit(1);
    expect(data).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  it('cuts a table at 1,000 rows, as hosted', async () => {
    const red = await member(cloud, 'red');
    const { data, count } = await red.from('notes').select('id', { count: 'exact' });
    expect(data).toHaveLength(1000);
    expect(count).toBe(1200);
  });

  it('runs functions with the role, claims and statement timeout of the caller', async () => {
    const red = await member(cloud, 'red');
    const { data: user } = await red.auth.getUser();
    const mine = await red.rpc('who_am_i');
    expect(mine.data).toEqual({ role: 'authenticated', sub: user.user?.id, timeout: '8s' });
    const anon = await anonymous(cloud).rpc('who_am_i');
    expect(anon.data).toEqual({ role: 'anon', sub: null, timeout: '3s' });
  });

  it('passes on the errors of PostgREST and of functions', async () => {
    const red = await member(cloud, 'red');
    const refused = await red.rpc('refuse');
    expect(refused.status).toBe(409);
    expect(refused.error).toMatchObject({ code: 'PT409', message: 'EPOCH', details: 'cloned', hint: 'enrol again' });
    const wrongType = await red.from('notes').select().eq('id', 'x');
    expect(wrongType.status).toBe(400);
    expect(wrongType.error).toMatchObject({ code: '22P02' });
    const foreign = await red.from('notes').insert({ id: 9001, team: 'blue', body: 'mine now' });
    expect(foreign.status).toBe(403);
    expect(foreign.error).toMatchObject({ code: '42501' });
    const missing = await red.rpc('no_such_function');
    expect(missing.status).toBe(404);
    expect(missing.error).toMatchObject({ code: 'PGRST202' });
  });

  it('refuses a compressed body as PostgREST does', async () => {
    const response = await fetch(`${cloud.url}/rest/v1/rpc/who_am_i`, {
      method: 'POST',
      headers: { apikey: cloud.anonKey, 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: Buffer.from('1f8b0800000000000003abae0500f2a1b3fc02000000', 'hex'),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'PGRST102' });
  });

  it('needs an API key, takes it alone as its role, and knows no other', async () => {
    const at = `${cloud.url}/rest/v1/rpc/who_am_i`;
    const none = await fetch(at);
    expect(none.status).toBe(401);
    expect(await none.json()).toMatchObject({ message: 'No API key found in request' });
    const wrong = await fetch(at, { headers: { apikey: 'guess' } });
    expect(wrong.status).toBe(401);
    const alone = await fetch(at, { headers: { apikey: cloud.anonKey } });
    expect(await alone.json()).toMatchObject({ role: 'anon' });
  });

  it('refuses a token that was signed elsewhere', async () => {
    const other = await notesCloud();
    try {
      const stranger = await member(other, 'red');
      const { data } = await stranger.auth.getSession();
      const response = await fetch(`${cloud.url}/rest/v1/notes`, {
        headers: { apikey: cloud.anonKey, authorization: `Bearer ${data.session?.access_token}` },
      });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ code: 'PGRST301' });
    } finally {
      await other.stop();
    }
  });

  it('sees what was created after the start, once told to', async () => {
    await cloud.sql("create function public.late() returns text language sql as $$ select 'here' $$");
    await cloud.reloadSchema();
    expect((await service(cloud).rpc('late')).data).toBe('here');
  });
});
