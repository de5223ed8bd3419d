import { createWriteStream } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import yauzl, { type Entry, type ZipFile } from 'yauzl';

/**
 * Unpacks a zip file, keeping modes and links. `place` names where an entry goes inside `folder`, or null to leave it out.
 * An entry that would land outside the folder is refused.
 */
export async function unpackZip(zip: string, folder: string, place: (name: string) => string | null): Promise<void> {
  const archive = await open(zip);
  await new Promise<void>((done, reject) => {
    archive.on('error', reject);
    archive.on('end', done);
    archive.on('entry', (entry: Entry) => {
      void unpackEntry(archive, entry, folder, place).then(
        () => archive.readEntry(),
        (error: unknown) => reject(error instanceof Error ? error : new Error(String(error))),
      );
    });
    archive.readEntry();
  });
}

async function unpackEntry(
  archive: ZipFile,
  entry: Entry,
  folder: string,
  place: (name: string) => string | null,
): Promise<void> {
  const name = place(entry.fileName);
  if (name === null || name === '' || name.endsWith('/')) return;
  const target = resolve(folder, name);
  const inside = relative(folder, target);
  if (inside.startsWith(`..${sep}`) || inside === '..') throw new Error(`${zipName(entry)} points outside the archive`);
  await mkdir(dirname(target), { recursive: true });
  const mode = entry.externalFileAttributes >>> 16;
  const content = await read(archive, entry);
  if ((mode & 0o170000) === 0o120000) await symlink(await text(content), target);
  else await pipeline(content, createWriteStream(target, { mode: (mode & 0o777) | 0o600 }));
}

const zipName = (entry: Entry): string => JSON.stringify(entry.fileName);

async function open(zip: string): Promise<ZipFile> {
  return new Promise((done, reject) => {
    yauzl.open(zip, { lazyEntries: true }, (error, file) => (error ? reject(error) : done(file)));
  });
}

async function read(archive: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((done, reject) => {
    archive.openReadStream(entry, (error, stream) => (error ? reject(error) : done(stream)));
  });
}
