import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeFailure, SetUpFailure } from './failure.ts';
import { putInPlace } from './fallback-electron.ts';
import { withLock } from './lock.ts';
import { cacheFolder } from './paths.ts';
import { lastWords, run } from './processes.ts';
import { readStamp, writeStamp, type Runtime } from './stamp.ts';
import { installPackages, missingLibraries, onPath } from './system-packages.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'set-up-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the cache folder', () => {
  it('follows the habit of each system', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: join('/', 'x') }, 'linux')).toBe(join('/', 'x', 'pulser-field'));
    expect(cacheFolder({}, 'linux')).toMatch(/[\\/]\.cache[\\/]pulser-field$/);
    expect(cacheFolder({}, 'darwin')).toMatch(/Caches[\\/]pulser-field$/);
    expect(cacheFolder({ LOCALAPPDATA: 'L' }, 'win32')).toBe(join('L', 'pulser-field', 'cache'));
  });
});

describe('the lock', () => {
  it('lets one work at a time, and the next after a failure', async () => {
    const lock = join(folder, 'lock');
    const events: string[] = [];
    let finish = (): void => {};
    const first = withLock(
      lock,
      () => events.push('first waits'),
      async () => {
        events.push('first begins');
        await new Promise<void>((done) => (finish = done));
        events.push('first ends');
        throw new Error('broken');
      },
    );
    // the holder of this test is this very process: write another living one, as a second set-up would see it
    writeFileSync(lock, `${process.ppid}\n`);
    const second = withLock(
      lock,
      () => {
        events.push('second waits');
        finish();
      },
      () => Promise.resolve(events.push('second works')),
    );
    await expect(first).rejects.toThrow('broken');
    await second;
    expect(events).toEqual(['first begins', 'second waits', 'first ends', 'second works']);
    expect(existsSync(lock)).toBe(false);
  });

  it('takes over from a process that died', async () => {
    const lock = join(folder, 'lock');
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'exit');
    writeFileSync(lock, `${dead.pid}\n`);
    expect(
      await withLock(
        lock,
        () => {},
        () => Promise.resolve('done'),
      ),
    ).toBe('done');
  });
});

describe('putting in place', () => {
  it('keeps what a faster set-up has put there', async () => {
    for (const name of ['made', 'place']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'who'), name);
    }
    await putInPlace(join(folder, 'made'), join(folder, 'place'));
    expect(readFileSync(join(folder, 'place', 'who'), 'utf8')).toBe('place');
    await putInPlace(join(folder, 'made'), join(folder, 'new'));
    expect(readFileSync(join(folder, 'new', 'who'), 'utf8')).toBe('made');
  });

  it('tells of any other trouble', async () => {
    await expect(putInPlace(join(folder, 'nothing'), join(folder, 'place'))).rejects.toThrow('ENOENT');
  });
});

describe('the stamp', () => {
  it('is good only while the files are the ones that were seen', () => {
    const file = join(folder, 'stamp', 'setup.json');
    const executable = join(folder, 'electron');
    const sqliteBinding = join(folder, 'sqlite.node');
    const runtime: Runtime = { kind: 'fallback', version: '1', executable, distPath: folder, sqliteBinding };
    expect(readStamp(file)).toBeNull();
    writeFileSync(executable, 'one');
    writeFileSync(sqliteBinding, 'two');
    writeStamp(runtime, file);
    expect(readStamp(file)).toEqual(runtime);
    rmSync(sqliteBinding);
    expect(readStamp(file)).toBeNull();
    writeFileSync(sqliteBinding, 'another');
    expect(readStamp(file)).toBeNull();
    writeStamp(runtime, file);
    expect(readStamp(file)).toEqual(runtime);
    writeFileSync(file, '{"runtime":');
    expect(readStamp(file)).toBeNull();
  });
});

describe('programs', () => {
  it('takes a program that is not there for a failure, not a crash', async () => {
    const finished = await run('no-such-program-here', []);
    expect(finished.code).toBeNull();
    expect(lastWords(finished)).toContain('ENOENT');
  });

  it('ends one that takes too long', async () => {
    const finished = await run(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { limit: 200 });
    expect(finished.code).toBeNull();
  });
});

describe('system packages', () => {
  it('finds programs on the path only', () => {
    writeFileSync(join(folder, 'tool'), '');
    expect(onPath('tool', folder)).toBe(true);
    expect(onPath('tool', '')).toBe(false);
  });

  it('asks for no libraries that are there', async () => {
    expect(await missingLibraries(process.execPath)).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('names the libraries that an executable lacks', async () => {
    // a copy of a program that asks for a library of a name that nobody has
    const program = join(folder, 'program');
    execFileSync('cp', [process.execPath, program]);
    const bytes = readFileSync(program);
    const at = bytes.indexOf('libm.so.6\0');
    expect(at).toBeGreaterThan(0);
    bytes.write('libZ.so.6\0', at);
    writeFileSync(program, bytes);
    expect(await missingLibraries(program)).toEqual(['libZ.so.6']);
  });

  it('gives the exact command where it may not install', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = folder;
    try {
      const attempt = installPackages([['libone'], ['libnew', 'libold']], 'the window', () => {});
      await expect(attempt).rejects.toMatchObject({ commands: [expect.stringContaining('libone libold')] });
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('says what to run, in the words of the failure', () => {
    expect(describeFailure(new SetUpFailure('It is not there.', ['get it']))).toBe(
      'It is not there.\n\nRun:\n\n  get it\n\nand then the same command again.',
    );
  });
});
