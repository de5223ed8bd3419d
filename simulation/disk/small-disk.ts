/** Disks that can be filled: a small file system in memory where the machine lets us mount one, and a limit on the size of the host's files. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A disk with a way to fill it and to make room again, while a host works on it. */
export type SmallDisk = {
  readonly kind: 'file system' | 'size limit';
  /** The data folder of the PC on it. */
  readonly dataDir: string;
  /** Leaves so many bytes for what the host still writes. `pid` is the host's process. */
  readonly fill: (pid: number, spare: number) => void;
  readonly makeRoom: (pid: number) => void;
  /** Makes the whole disk read-only, or writable again; null where this disk cannot. */
  readonly setReadOnly: ((readOnly: boolean) => void) | null;
  readonly remove: () => void;
};

/** A file system of its own; null where this user may not mount one. */
export function mountSmallDisk(folder: string, megabytes: number): SmallDisk | null {
  mkdirSync(folder, { recursive: true });
  if (!succeeds('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder])) return null;
  const ballast = join(folder, 'ballast');
  const remove = (): void => {
    process.removeListener('exit', remove);
    succeeds('umount', ['-l', folder]);
  };
  // a run that is broken off must not leave a mount behind
  process.once('exit', remove);
  return {
    kind: 'file system',
    dataDir: join(folder, 'data'),
    fill(_pid, spare) {
      const { bavail, bsize } = statfsSync(folder);
      try {
        writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - spare)));
      } catch (error) {
        // the host took the room first: full is full
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    },
    makeRoom: () => rmSync(ballast, { force: true }),
    setReadOnly: (readOnly) =>
      void execFileSync('mount', ['-o', readOnly ? 'remount,ro' : 'remount,rw', folder], { stdio: 'ignore' }),
    remove,
  };
}

/** A host whose files may not grow any more; null where there is no `prlimit`. */
export function limitSizes(folder: string): SmallDisk | null {
  if (!succeeds('prlimit', ['--version'])) return null;
  mkdirSync(folder, { recursive: true });
  const dataDir = join(folder, 'data');
  const set = (pid: number, bytes: string): void =>
    void execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`], { stdio: 'ignore' });
  return {
    kind: 'size limit',
    dataDir,
    fill(pid, spare) {
      const wal = statSync(join(dataDir, 'store.db-wal'), { throwIfNoEntry: false })?.size ?? 0;
      set(pid, String(wal + spare));
    },
    makeRoom: (pid) => set(pid, 'unlimited'),
    setReadOnly: null,
    remove: () => undefined,
  };
}

function succeeds(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, [...args], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
