import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { createProvision } from './provision.ts';
import { anonymous, enrolDevice } from './test-support.ts';
import { testCloud, type TestCloud } from './testing.ts';

let cloud: TestCloud;
let storeId = '';
beforeAll(async () => {
  cloud = await testCloud();
  storeId = await createProvision(cloud).createStore({
    code: 'S-01',
    name: 'Aling Nena',
    region: 'IV-A',
    province: 'Laguna',
    city: 'Calamba',
    barangay: 'Real',
  });
});
afterAll(() => cloud.stop());

const cli = fileURLToPath(new URL('provision-cli.ts', import.meta.url));

/** What the command prints; rejects with what it complains of. */
async function run(...args: string[]): Promise<string> {
  const env = { ...process.env, SUPABASE_URL: cloud.url, SUPABASE_SERVICE_ROLE_KEY: cloud.serviceRoleKey };
  const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args], { env });
  return stdout.trim();
}

it('leads a PC from its code to its replacement', async () => {
  expect(await run('stores')).toContain(storeId);
  const first = await enrolDevice(cloud, await run('code', '--store', storeId), 'Counter 1');
  expect(await run('devices')).toBe(`${first.id}  Aling Nena  Counter 1  last seen never`);
  await first.token();
  expect(await run('devices', '--store', storeId)).toMatch(/Counter 1 {2}last seen \d{4}-/);
  const second = await enrolDevice(cloud, await run('code', '--store', storeId, '--replaces', first.id), 'Box');
  const [old, next] = (await run('devices')).split('\n');
  expect(old).toMatch(new RegExp(`^${first.id} .*revoked \\d{4}-`));
  expect(next).toBe(`${second.id}  Aling Nena  Counter 1  last seen never, replaces ${first.id}`);
  expect(await run('revoke', '--device', second.id)).toBe('Revoked.');
  await expect(second.token()).rejects.toThrow('revoked');
});

it('makes an account for a person, with a password that is shown once', async () => {
  const email = `${randomUUID()}@example.com`;
  const password = await run('operator', '--email', email, '--name', ' Maria Santos ', '--role', 'clerk');
  const { data } = await anonymous(cloud).auth.signInWithPassword({ email, password });
  expect(data.user?.app_metadata).toMatchObject({ kind: 'operator', name: 'Maria Santos', role: 'clerk' });
});

it('says what is wrong with what was asked', async () => {
  for (const [args, words] of [
    [['operator', '--email', 'a@b.example', '--name', 'M', '--role', 'owner'], '--role is'],
    [['operator', '--email', 'a@b.example', '--name', ' ', '--role', 'clerk'], '--name is'],
    [['operator', '--email', 'a@b.example', '--name', 'Rule', '--role', 'clerk'], '--name is'],
    [['code', '--store', storeId, '--replaces', randomUUID()], 'UNKNOWN_DEVICE'],
    [['code', '--store', storeId, '--minutes', '0'], '--minutes is'],
    [['revoke'], 'npm run provision'],
  ] as const)
    await expect(run(...args)).rejects.toThrow(words);
});
