import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createLogFile } from './log-file.ts';
import { createLogger } from './logger.ts';
import type { LogLevel } from './logger.ts';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

function memoryLogger(level: LogLevel = 'debug'): { lines: string[]; logger: ReturnType<typeof createLogger> } {
  const lines: string[] = [];
  const logger = createLogger({
    sink: { write: (line) => lines.push(line) },
    now: () => 0,
    level,
    home: '/home/maria',
  });
  return { lines, logger };
}

describe('createLogger', () => {
  it('writes one JSON object a line with the fields of its parents', () => {
    const { lines, logger } = memoryLogger('info');
    logger.debug('not.this');
    logger.with({ part: 'sync' }).info('sync.cycle', { pushed: 3 });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { at: '1970-01-01T00:00:00.000Z', level: 'info', event: 'sync.cycle', part: 'sync', pushed: 3 },
    ]);
  });

  it('lets no planted secret through, wherever it stands', () => {
    const { lines, logger } = memoryLogger();
    const secrets = [
      'eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2lnbmF0dXJl',
      'sb_secret_abcdef0123',
      'hunter2hunter2',
      'maria@tindahan.example.ph',
      'a'.repeat(64),
      '/home/maria',
      'refreshme123',
    ];
    const [token, key, password, mail, hex, home, refresh] = secrets as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    logger.error('x', {
      text: `Bearer ${token} and ${key} for ${mail}`,
      url: `postgres://owner:${password}@localhost/db?refresh_token=${refresh}`,
      nested: { password, list: [{ accessToken: token }], SUPABASE_ANON_KEY: key, key: hex },
      error: new Error(`cannot open ${home}/store.db with ${hex}`, { cause: new Error(mail) }),
    });
    for (const secret of secrets) expect(lines.join('')).not.toContain(secret);
    expect(lines.join('')).toContain('cannot open ~/store.db');
  });

  it('keeps harmless ids and numbers readable', () => {
    const { lines, logger } = memoryLogger();
    logger.info('x', { rowId: '019a8f2e-1111-7abc-8def-0123456789ab', at: 1_700_000_000_000, compressionRatio: 0.2 });
    expect(lines[0]).toContain('019a8f2e-1111-7abc-8def-0123456789ab');
    expect(lines[0]).toContain('1700000000000');
  });
});

describe('createLogFile', () => {
  function folder(): string {
    const made = mkdtempSync(join(tmpdir(), 'pulser-log-'));
    folders.push(made);
    return made;
  }

  it('turns over when full and keeps only so many', () => {
    const where = folder();
    const file = createLogFile({ folder: where, name: 'host', maxBytes: 100, keep: 2 });
    for (let index = 0; index < 20; index += 1) file.write(`${index} ${'x'.repeat(40)}\n`);
    file.close();
    expect(readdirSync(where).sort()).toEqual(['host.1.log', 'host.2.log', 'host.log']);
    expect(readFileSync(file.path, 'utf8')).toContain('19 x');
    expect(readFileSync(join(where, 'host.1.log'), 'utf8')).toContain('17 x');
  });

  it('continues the file of an earlier run', () => {
    const where = folder();
    for (const text of ['first\n', 'second\n']) {
      const file = createLogFile({ folder: where, name: 'host', maxBytes: 100, keep: 2 });
      file.write(text);
      file.close();
    }
    expect(readFileSync(join(where, 'host.log'), 'utf8')).toBe('first\nsecond\n');
  });

  it('counts what it cannot write instead of throwing', () => {
    const file = createLogFile({ folder: '/dev/null/nowhere', name: 'host', maxBytes: 100, keep: 2 });
    file.write('x\n');
    expect(file.lost()).toBe(1);
  });
});
