import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { clusterFolder } from './database/cluster.ts';
import { type LocalCloud, startLocalCloud } from './start.ts';
import { addUser, anonymous, notesCloud, password, service, testMigrations } from './test-support.ts';
import { prepareFolder, projectMigrations } from './testing.ts';

async function isOpen(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe('the life of a local cloud', () => {
  let root = '';
  let dataDir = '';
  let migrationsDir = '';
  const running: LocalCloud[] = [];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'pulser-life-'));
    // mkdtemp is for our eyes only; as root the database runs as somebody else.
    await chmod(root, 0o711);
    dataDir = join(root, 'cloud');
    migrationsDir = join(root, 'migrations');
    await cp(testMigrations, migrationsDir, { recursive: true });
  });
  afterEach(async () => {
    for (const cloud of running.splice(0)) await cloud.stop();
    await rm(await clusterFolder(dataDir), { recursive: true, force: true });
    await rm(root, { recursive: true, force: true });
  });

  /** What a first start makes, without the wait. */
  async function prepare(): Promise<void> {
    await mkdir(dataDir, { mode: 0o711 });
    await prepareFolder(dataDir, testMigrations);
  }

  async function start(): Promise<LocalCloud> {
    const cloud = await startLocalCloud({ dataDir, migrationsDir, durable: false });
    running.push(cloud);
    return cloud;
  }

  it('goes on with its data, users and keys after a restart, and applies only what is new', async () => {
    const first = await start();
    expect(first.applied).toEqual(['0001_notes.sql']);
    await addUser(first, 'ana@example.com', { team: 'red' });
    await service(first).from('notes').insert({ id: 1, team: 'red', body: 'kept' });
    await first.stop();
    await first.stop();
    expect(await isOpen(first.databaseUrl)).toBe(false);

    await writeFile(
      join(migrationsDir, '0002_more.sql'),
      'alter table notes add column done boolean not null default false;',
    );
    const second = await start();
    expect(second.applied).toEqual(['0002_more.sql']);
    expect([second.anonKey, second.serviceRoleKey]).toEqual([first.anonKey, first.serviceRoleKey]);
    const client = anonymous(second);
    expect((await client.auth.signInWithPassword({ email: 'ana@example.com', password })).error).toBeNull();
    expect((await client.from('notes').select()).data).toEqual([{ id: 1, team: 'red', body: 'kept', done: false }]);
  });

  it.runIf(process.platform !== 'win32')('keeps its keys for its owner alone', async () => {
    await start();
    const { mode } = await stat(join(dataDir, 'keys.json'));
    expect(mode & 0o777).toBe(0o600);
  });

  it('refuses a migration that changed or vanished after it was applied, and leaves nothing running', async () => {
    await prepare();
    const first = await start();
    await first.stop();
    const file = join(migrationsDir, '0001_notes.sql');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replaceAll('\n', '\r\n'));
    await (await start()).stop();
    await writeFile(file, `${text}\n-- changed`);
    await expect(start()).rejects.toThrow('0001_notes.sql has changed');
    await rm(file);
    await expect(start()).rejects.toThrow('0001_notes.sql is missing');
    await writeFile(file, text);
    await (await start()).stop();
  });

  it('describes functions again when they or the migrations changed, and misses no migration that they replaced', async () => {
    await prepare();
    const functions = join(migrationsDir, 'functions');
    await mkdir(functions);
    const answer = (n: number) => `create or replace function answer() returns int language sql as 'select ${n}';`;
    await writeFile(join(functions, '10_answer.sql'), answer(1));
    const first = await start();
    expect(first.applied).toEqual(['functions']);
    await first.stop();
    const second = await start();
    expect(second.applied).toEqual([]);
    await second.stop();
    await writeFile(join(functions, '10_answer.sql'), answer(2));
    await rm(join(migrationsDir, '0001_notes.sql'));
    await writeFile(join(migrationsDir, 'replaced.txt'), '0001_notes.sql\n');
    const third = await start();
    expect(third.applied).toEqual(['functions']);
    expect((await anonymous(third).rpc('answer')).data).toBe(2);
    await third.stop();
    // the numbers of replaced ones are free again
    await writeFile(join(migrationsDir, '0000_again.sql'), 'create table again (id int);');
    expect((await start()).applied).toEqual(['0000_again.sql', 'functions']);
  });

  it('refuses two migrations of one number', async () => {
    await prepare();
    await writeFile(join(migrationsDir, '0001_other.sql'), 'create table other (id int);');
    await expect(start()).rejects.toThrow('0001_notes.sql and 0001_other.sql have the same number');
  });

  it('names file and line of a migration that fails, and applies nothing of it', async () => {
    await prepare();
    await writeFile(
      join(migrationsDir, '0002_bad.sql'),
      'create table half (id int);\ncreate table half (id nonsense);',
    );
    await expect(start()).rejects.toThrow(/0002_bad\.sql:2: type "nonsense" does not exist/);
    await writeFile(join(migrationsDir, '0002_bad.sql'), 'create table half (id int);');
    expect((await start()).applied).toEqual(['0002_bad.sql']);
  });

  it('runs migrations as a role that is no superuser', async () => {
    await prepare();
    await writeFile(join(migrationsDir, '0002_super.sql'), "select pg_read_file('PG_VERSION');");
    await expect(start()).rejects.toThrow(/0002_super\.sql.*permission denied/);
  });

  it('refuses to start twice on one folder, and says who holds it', async () => {
    await prepare();
    await start();
    await expect(start()).rejects.toThrow(/Another local cloud is running on .* \(process \d+\)/);
  });

  it('removes a temporary folder when it stops', async () => {
    await prepare();
    const cloud = await startLocalCloud({ dataDir, migrationsDir, durable: false, temporary: true });
    await cloud.stop();
    await expect(stat(dataDir)).rejects.toThrow('ENOENT');
    await expect(stat(await clusterFolder(dataDir))).rejects.toThrow('ENOENT');
  });

  it('keeps two clouds apart', async () => {
    const [one, two] = await Promise.all([notesCloud(), notesCloud()]);
    try {
      expect(one.serviceRoleKey).not.toBe(two.serviceRoleKey);
      await one.sql("insert into notes values (1, 'red', 'only here')");
      expect(await two.sql('select * from notes')).toEqual([]);
      expect(
        (
          await service({ ...two, serviceRoleKey: one.serviceRoleKey })
            .from('notes')
            .select()
        ).status,
      ).toBe(401);
    } finally {
      await Promise.all([one.stop(), two.stop()]);
    }
  });

  it.runIf(process.platform !== 'win32')('leaves nothing running when its process is killed', async () => {
    const { child, facts } = await startCli();
    expect(await isOpen(facts.databaseUrl)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => isOpen(facts.databaseUrl), { timeout: 10_000 }).toBe(false);
    await expect.poll(() => isOpen(facts.url)).toBe(false);
  });

  it.runIf(process.platform !== 'win32')('stops in order on a signal', async () => {
    const { child, facts } = await startCli();
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
    expect(await isOpen(facts.databaseUrl)).toBe(false);
  });

  async function startCli(): Promise<{ child: ReturnType<typeof spawn>; facts: { url: string; databaseUrl: string } }> {
    await mkdir(dataDir, { mode: 0o711 });
    await prepareFolder(dataDir, projectMigrations);
    const cli = fileURLToPath(new URL('cli.ts', import.meta.url));
    const child = spawn(process.execPath, [cli, '--data', dataDir, '--port', '0', '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    return { child, facts: JSON.parse(line) as { url: string; databaseUrl: string } };
  }
});
