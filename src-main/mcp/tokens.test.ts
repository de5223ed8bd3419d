import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeIdentity } from '#main/store/identity.ts';
import { connectClient, hello, post } from './testing/clients.ts';
import { serveNotes } from './testing/served.ts';
import type { Served } from './testing/served.ts';

const secret = 'a secret that the whole fleet shares';
let pc: Served;
let now: number;
beforeEach(async () => {
  pc = await serveNotes({ jwtSecret: secret });
  now = pc.store.now();
});
afterEach(() => pc.stop());

const status = async (token: string): Promise<number> =>
  (await post(await pc.url(), hello, { authorization: `Bearer ${token}` })).status;
const said = async (token: string): Promise<unknown> =>
  (await post(await pc.url(), hello, { authorization: `Bearer ${token}` })).json();

describe('a token', () => {
  it('is shown once and kept as a hash only', async () => {
    const { token, id } = await pc.token({ name: 'Cursor on laptop' });
    expect(token).toMatch(/^pulser_[\w-]{43}$/);
    const rows = JSON.stringify(pc.store.read.all('SELECT * FROM _mcp_tokens'));
    expect(rows).toContain('Cursor on laptop');
    expect(rows).not.toContain(token.slice(7, 20));
    const { items } = await pc.command('tokens.list', {});
    expect(items).toMatchObject([{ id, name: 'Cursor on laptop', state: 'valid', lastUsedAt: null }]);
    expect(JSON.stringify(items)).not.toContain(token.slice(7));
    for (const file of ['mcp.json']) expect(readFileSync(join(pc.folder, file), 'utf8')).not.toContain(token);
  });

  it('says when it was used last, and ends by itself', async () => {
    const { token, id } = await pc.token({ days: 1 });
    expect(await status(token)).toBe(200);
    const used = (await pc.command('tokens.list', {})).items[0]?.lastUsedAt ?? 0;
    expect(used).toBeGreaterThanOrEqual(now);
    pc.store.apply(null, (db) => db.run('UPDATE _mcp_tokens SET expires_at = ? WHERE id = ?', now - 1, id));
    expect(await status(token)).toBe(401);
    expect(await said(token)).toMatchObject({ error: { message: expect.stringContaining('expired') } });
    expect((await pc.command('tokens.list', {})).items[0]?.state).toBe('expired');
  });

  it('is refused from the moment it is revoked, and what it has open is ended', async () => {
    const { token, id } = await pc.token();
    const client = await connectClient(pc, 'current', token);
    const waiting = client.callTool({ name: 'wait_for_it', arguments: {} }).then(
      () => 'answered',
      () => 'cut',
    );
    const other = await connectClient(pc, 'older', (await pc.token()).token);
    await pc.command('tokens.revoke', { id });
    expect(await waiting).toBe('cut');
    expect(await status(token)).toBe(401);
    expect(await said(token)).toMatchObject({ error: { message: expect.stringContaining('revoked') } });
    expect((await other.listTools()).tools).toHaveLength(5);
    await expect(pc.command('tokens.rotate', { id, days: 1 })).rejects.toThrow('not-found');
    await expect(pc.command('tokens.revoke', { id: 'x' })).rejects.toThrow('not-found');
    await client.close();
    await other.close();
  });

  it('gets another text that works while the old one does not', async () => {
    const { token, id } = await pc.token();
    const { token: fresh } = await pc.command('tokens.rotate', { id, days: 30 });
    expect([await status(token), await status(fresh)]).toEqual([401, 200]);
    expect((await pc.command('tokens.list', {})).items).toMatchObject([{ id, state: 'valid' }]);
  });
});

type Signing = { key?: string; alg?: string; aud?: string | null; exp?: number | null };

describe('a signed token of a fleet', () => {
  const sign = (
    claims: Record<string, unknown>,
    { key = secret, alg = 'HS256', aud = 'pulser-field', exp = 60 }: Signing = {},
  ): Promise<string> => {
    const jwt = new SignJWT({ sub: 'Fleet agent', scope: 'mcp:notes', ...claims }).setProtectedHeader({ alg });
    if (aud !== null) jwt.setAudience(aud);
    if (exp !== null) jwt.setExpirationTime(Math.floor(now / 1000) + exp);
    return jwt.sign(new TextEncoder().encode(key));
  };

  it('is taken with its scopes and its name', async () => {
    const reader = await connectClient(pc, 'current', await sign({}));
    expect((await reader.listTools()).tools.map(({ name }) => name)).not.toContain('add_note');
    await reader.close();
    const writer = await connectClient(pc, 'older', await sign({ scope: 'other mcp:voice mcp:notes:write mcp:notes' }));
    const added = await writer.callTool({ name: 'add_note', arguments: { text: 'x' } });
    expect(added.structuredContent).toMatchObject({ by: 'Fleet agent' });
    await writer.close();
    expect((await pc.command('services.calls', { limit: 5 })).items[0]).toMatchObject({ tokenId: 'jwt:Fleet agent' });
  });

  it('is refused when it is not for this app, over, without an end, unsigned or signed by another', async () => {
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await sign({})).split('.')[1]}.`;
    const wrong = [
      await sign({}, { aud: 'another-app' }),
      await sign({}, { aud: null }),
      await sign({}, { aud: 'pulser-field/another-store' }),
      await sign({}, { exp: -120 }),
      await sign({}, { exp: null }),
      await sign({}, { key: 'the secret of somebody else, as long as ours' }),
      await sign({}, { alg: 'HS512', key: secret.repeat(3) }),
      await sign({ sub: undefined }),
      none,
      'a.b.c',
      (await sign({})).slice(0, -2),
    ];
    for (const token of wrong) expect([token, await status(token)]).toEqual([token, 401]);
    expect(await status(await sign({ scope: 'mcp:other' }))).toBe(403);
    expect(await status(await sign({ scope: undefined }))).toBe(403);
  });

  it('may be for one store or one PC', async () => {
    pc.store.apply(null, (db) =>
      writeIdentity(db, { deviceId: 'pc-1', deviceName: 'PC', storeId: 'store-1', storeName: 'S', counter: 1 }),
    );
    expect(await status(await sign({}, { aud: 'pulser-field/store-1' }))).toBe(200);
    expect(await status(await sign({}, { aud: 'pulser-field/pc-1' }))).toBe(200);
    expect(await status(await sign({}, { aud: 'pulser-field/store-2' }))).toBe(401);
  });

  it('is not taken where no secret is configured', async () => {
    await pc.restart({ jwtSecret: null });
    expect(await status(await sign({}))).toBe(401);
  });
});
