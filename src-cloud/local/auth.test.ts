import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { addUser, anonymous, member, notesCloud, password, service } from './test-support.ts';
import type { TestCloud } from './testing.ts';

describe('sign-in', () => {
  let cloud: TestCloud;
  let late = 0;
  beforeAll(async () => {
    cloud = await notesCloud({ now: () => Date.now() - late, refreshReuseSeconds: 10 });
  });
  afterAll(() => cloud.stop());

  it('gives the right password a session with the server-set claims', async () => {
    const id = await addUser(cloud, 'ana@example.com', { team: 'red' });
    const client = anonymous(cloud);
    const { data, error } = await client.auth.signInWithPassword({ email: 'Ana@example.com', password });
    expect(error).toBeNull();
    expect(data.user).toMatchObject({ id, email: 'ana@example.com', app_metadata: { team: 'red' } });
    expect(data.session?.expires_in).toBe(3600);
    const { data: claims } = await client.auth.getClaims();
    expect(claims?.claims).toMatchObject({
      sub: id,
      aud: 'authenticated',
      role: 'authenticated',
      app_metadata: { team: 'red' },
    });
  });

  it('refuses a wrong password and an unknown user with the same words', async () => {
    await addUser(cloud, 'ben@example.com', {});
    const wrong = await anonymous(cloud).auth.signInWithPassword({ email: 'ben@example.com', password: 'guess' });
    const unknown = await anonymous(cloud).auth.signInWithPassword({ email: 'nobody@example.com', password: 'guess' });
    expect(wrong.error).toMatchObject({ status: 400, code: 'invalid_credentials' });
    expect(unknown.error?.message).toBe(wrong.error?.message);
  });

  it('stores neither passwords nor refresh tokens', async () => {
    const client = await member(cloud, 'red');
    const { data } = await client.auth.getSession();
    const [{ everything }] = (await cloud.adminSql(
      "select (select string_agg(u::text, '') from auth.users u) || (select string_agg(t::text, '') from auth.refresh_tokens t) as everything",
    )) as [{ everything: string }];
    expect(everything).not.toContain(password);
    expect(everything).not.toContain(data.session?.refresh_token);
  });

  it('exchanges a refresh token, and once more when the answer was lost', async () => {
    const client = await member(cloud, 'red');
    const { data: first } = await client.auth.getSession();
    const old = first.session?.refresh_token ?? '';
    const lost = await anonymous(cloud).auth.refreshSession({ refresh_token: old });
    expect(lost.data.session?.refresh_token).not.toBe(old);
    const again = await anonymous(cloud).auth.refreshSession({ refresh_token: old });
    expect(again.error).toBeNull();
    const next = await anonymous(cloud).auth.refreshSession({ refresh_token: again.data.session?.refresh_token ?? '' });
    expect(next.error).toBeNull();
  });

  it('closes the whole session when a used refresh token comes back', async () => {
    const client = await member(cloud, 'red');
    const { data: first } = await client.auth.getSession();
    const old = first.session?.refresh_token ?? '';
    const second = await anonymous(cloud).auth.refreshSession({ refresh_token: old });
    const third = await anonymous(cloud).auth.refreshSession({
      refresh_token: second.data.session?.refresh_token ?? '',
    });
    expect(third.error).toBeNull();
    const stolen = await anonymous(cloud).auth.refreshSession({ refresh_token: old });
    expect(stolen.error).toMatchObject({ status: 400, code: 'refresh_token_already_used' });
    const honest = await anonymous(cloud).auth.refreshSession({
      refresh_token: third.data.session?.refresh_token ?? '',
    });
    expect(honest.error).toMatchObject({ code: 'refresh_token_not_found' });
  });

  it('closes it too when a token comes back after the reuse time, used or not', async () => {
    const client = await member(cloud, 'red');
    const { data } = await client.auth.getSession();
    const old = data.session?.refresh_token ?? '';
    const next = await anonymous(cloud).auth.refreshSession({ refresh_token: old });
    await cloud.adminSql(
      "update auth.refresh_tokens set revoked_at = revoked_at - interval '11 seconds' where revoked_at is not null",
    );
    const stolen = await anonymous(cloud).auth.refreshSession({ refresh_token: old });
    expect(stolen.error).toMatchObject({ code: 'refresh_token_already_used' });
    const honest = await anonymous(cloud).auth.refreshSession({
      refresh_token: next.data.session?.refresh_token ?? '',
    });
    expect(honest.error).toMatchObject({ code: 'refresh_token_not_found' });
  });

  it('ends a session by signing out', async () => {
    const client = await member(cloud, 'red');
    const { data } = await client.auth.getSession();
    expect((await client.auth.signOut()).error).toBeNull();
    const answer = await anonymous(cloud).auth.refreshSession({ refresh_token: data.session?.refresh_token ?? '' });
    expect(answer.error).toMatchObject({ code: 'refresh_token_not_found' });
    const user = await anonymous(cloud).auth.getUser(data.session?.access_token);
    expect(user.data.user).toBeNull();
  });

  it('lets a token run out', async () => {
    late = 3_700_000;
    const client = await member(cloud, 'red');
    const { data } = await client.auth.getSession();
    late = 0;
    const headers = { apikey: cloud.anonKey, authorization: `Bearer ${data.session?.access_token}` };
    const rest = await fetch(`${cloud.url}/rest/v1/notes`, { headers });
    expect(rest.status).toBe(401);
    expect(await rest.json()).toMatchObject({ message: 'JWT expired' });
    expect((await fetch(`${cloud.url}/auth/v1/user`, { headers })).status).toBe(403);
  });

  it('lets only the service role administer users', async () => {
    const client = await member(cloud, 'red');
    const { data } = await client.auth.getSession();
    const response = await fetch(`${cloud.url}/auth/v1/admin/users`, {
      headers: { apikey: cloud.anonKey, authorization: `Bearer ${data.session?.access_token}` },
    });
    expect(response.status).toBe(403);
  });

  it('changes, bans and deletes users', async () => {
    const admin = service(cloud).auth.admin;
    const id = await addUser(cloud, 'cora@example.com', { team: 'red', old: 1 });
    const twice = await admin.createUser({ email: 'CORA@example.com', password });
    expect(twice.error).toMatchObject({ status: 422, code: 'email_exists' });
    const changed = await admin.updateUserById(id, {
      password: 'another one',
      app_metadata: { team: 'blue', old: null },
    });
    expect(changed.data.user?.app_metadata).toMatchObject({ team: 'blue' });
    expect(changed.data.user?.app_metadata).not.toHaveProperty('old');
    const client = anonymous(cloud);
    const signIn = await client.auth.signInWithPassword({ email: 'cora@example.com', password: 'another one' });
    expect(signIn.error).toBeNull();
    await admin.updateUserById(id, { ban_duration: '24h' });
    expect((await client.auth.refreshSession()).error).toMatchObject({ code: 'user_banned' });
    expect((await admin.listUsers()).data.users.map((user) => user.id)).toContain(id);
    expect((await admin.deleteUser(id)).error).toBeNull();
    expect((await admin.getUserById(id)).error).toMatchObject({ code: 'user_not_found' });
  });
});
