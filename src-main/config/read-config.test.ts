import { describe, expect, it } from 'vitest';
import { readConfig } from './read-config.ts';
import type { Config } from './read-config.ts';

const machineFile = '/etc/pulser/env';

function read(env: Record<string, string>, files: Record<string, string> = {}): ReturnType<typeof readConfig> {
  return readConfig({ env, readText: (path) => files[path] ?? null, defaultDataDir: '/data', machineFile });
}
function good(env: Record<string, string>, files: Record<string, string> = {}): Config {
  const result = read(env, files);
  if (!result.ok) throw new Error(result.error.join('\n'));
  return result.value;
}
function jwt(role: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'HS256' })}.${part({ role, iss: 'supabase' })}.c2lnbmF0dXJl`;
}
const cloud = { SUPABASE_URL: 'https://abc.supabase.co/', SUPABASE_ANON_KEY: jwt('anon') };

describe('readConfig', () => {
  it('has working defaults', () => {
    const config = good({});
    expect(config).toMatchObject({
      syncIntervalMs: 15_000,
      batchSize: 500,
      compressThreshold: 1000,
      metricsPort: 9464,
      cloud: null,
      dataDir: '/data',
    });
    expect(config.warnings).toEqual([expect.stringContaining('No cloud is configured')]);
    expect(Object.isFrozen(config) && Object.isFrozen(config.listed)).toBe(true);
  });

  it('lets the nearer source win and names it', () => {
    const files = {
      [machineFile]: '# shop\nexport SYNC_INTERVAL="30"\nBATCH_SIZE=100\r\nLOKI_URL=http://loki:3100\n',
      '/data/settings.json': '{"BATCH_SIZE": 50, "COMPRESS_THRESHOLD": 2000}',
    };
    const config = good({ SYNC_INTERVAL: '5', LOKI_URL: '' }, files);
    expect(config).toMatchObject({
      syncIntervalMs: 5000,
      batchSize: 100,
      compressThreshold: 2000,
      lokiUrl: 'http://loki:3100',
    });
    const sources = Object.fromEntries(config.listed.map((entry) => [entry.name, entry.source]));
    expect(sources).toMatchObject({
      SYNC_INTERVAL: 'environment',
      BATCH_SIZE: machineFile,
      COMPRESS_THRESHOLD: '/data/settings.json',
      PULSER_METRICS_PORT: 'default',
    });
  });

  it('reads the settings file of the folder that PULSER_DATA_DIR names', () => {
    const config = good({}, { [machineFile]: 'PULSER_DATA_DIR=/srv/p\n', '/srv/p/settings.json': '{"BATCH_SIZE": 7}' });
    expect(config).toMatchObject({ dataDir: '/srv/p', batchSize: 7 });
  });

  it('names every problem at once and says what to write', () => {
    const result = read(
      {
        SYNC_INTERVAL: 'often',
        BATCH_SIZE: '5000',
        SUPABASE_URL: 'http://cloud.example',
        PULSER_JWT_SECRET: 'tooshort',
        REDIS_HOST: 'redis://x',
      },
      { [machineFile]: 'no equals sign\n', '/data/settings.json': '[1]' },
    );
    expect(result.ok).toBe(false);
    const problems = result.ok ? [] : result.error;
    const names = [
      'Line 1',
      'settings.json',
      'SYNC_INTERVAL',
      'BATCH_SIZE',
      'SUPABASE_URL',
      'PULSER_JWT_SECRET',
      'REDIS_HOST',
    ];
    expect(names.filter((name) => !problems.some((problem) => problem.includes(name)))).toEqual([]);
    expect(problems.join('\n')).toContain('SYNC_INTERVAL=15');
    expect(problems.join('\n')).not.toContain('tooshort');
  });

  it('wants address and key of the cloud together', () => {
    expect(read({ SUPABASE_URL: 'https://a.b' }).ok).toBe(false);
    expect(read({ SUPABASE_ANON_KEY: jwt('anon') }).ok).toBe(false);
    expect(good(cloud).cloud).toEqual({ url: 'https://abc.supabase.co', anonKey: cloud.SUPABASE_ANON_KEY });
    expect(good({ ...cloud, SUPABASE_URL: 'http://127.0.0.1:54321' }).cloud?.url).toBe('http://127.0.0.1:54321');
  });

  it('never uses a service role key, starts without it and names enrolment', () => {
    const key = jwt('service_role');
    const config = good({ ...cloud, SUPABASE_SERVICE_ROLE_KEY: key });
    expect(config.cloud).not.toBeNull();
    expect(config.warnings.join(' ')).toMatch(/SUPABASE_SERVICE_ROLE_KEY.*not used.*enrol/);
    expect(JSON.stringify(config)).not.toContain(key);
  });

  it.each([jwt('service_role'), 'sb_secret_abcdefghijkl'])('refuses %s in place of the anon key', (key) => {
    const config = good({ ...cloud, SUPABASE_ANON_KEY: key });
    expect(config.cloud).toBeNull();
    expect(config.warnings.join(' ')).toMatch(/SUPABASE_ANON_KEY.*service role key.*enrol/);
    expect(JSON.stringify(config)).not.toContain(key);
  });

  it('lists secrets as set, never their value', () => {
    const config = good({ ...cloud, PULSER_JWT_SECRET: 's'.repeat(40), PULSER_ENROL_CODE: 'CODE-1234' });
    const listed = JSON.stringify(config.listed);
    expect(listed).not.toContain('ssss');
    expect(listed).not.toContain('CODE-1234');
    expect(config.listed.find((entry) => entry.name === 'SUPABASE_ANON_KEY')?.value).toBe('set');
  });

  it('reports a file it may not read and warns of names it does not know', () => {
    const denied = readConfig({
      env: {},
      defaultDataDir: '/data',
      machineFile,
      readText: (path) => {
        if (path === machineFile) throw Object.assign(new Error('no'), { code: 'EACCES' });
        return null;
      },
    });
    expect(denied).toMatchObject({ ok: false, error: [expect.stringContaining('EACCES')] });
    expect(good({}, { [machineFile]: 'SYNK_INTERVAL=3\n' }).warnings).toContainEqual(
      expect.stringContaining('SYNK_INTERVAL'),
    );
  });

  it('says how Redis is reached, without its password in the list', () => {
    expect(good({}).redis).toBeNull();
    const config = good({
      REDIS_HOST: 'cache.shop:6380',
      REDIS_USERNAME: 'shop',
      REDIS_PASSWORD: 'geheim',
      REDIS_TLS: 'on',
    });
    expect(config.redis).toEqual({
      host: 'cache.shop:6380',
      username: 'shop',
      password: 'geheim',
      tls: true,
      ca: null,
    });
    expect(JSON.stringify(config.listed)).not.toContain('geheim');
    expect(read({ REDIS_TLS: 'yes', REDIS_TLS_CA: 'ca.pem', PULSER_EXPORT_DIR: 'exports' })).toMatchObject({
      ok: false,
      error: [
        expect.stringContaining('REDIS_TLS '),
        expect.stringContaining('REDIS_TLS_CA'),
        expect.stringContaining('PULSER_EXPORT_DIR'),
      ],
    });
  });
});
