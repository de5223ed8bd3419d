import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { LogSink } from './logger.ts';

export type LogFileOptions = {
  readonly folder: string;
  /** File name without its ending, e.g. `host`. */
  readonly name: string;
  readonly maxBytes: number;
  /** Older files kept beside the current one. */
  readonly keep: number;
};

/** A log file that is written at once (a crash loses nothing) and turned over when full: `host.log`, `host.1.log`, … */
export function createLogFile(
  options: LogFileOptions,
): LogSink & { readonly path: string; lost(): number; close(): void } {
  const path = join(options.folder, `${options.name}.log`);
  let fd: number | null = null;
  let size = 0;
  let lost = 0;

  const open = (): number => {
    mkdirSync(options.folder, { recursive: true });
    const opened = openSync(path, 'a', 0o600);
    size = fstatSync(opened).size;
    fd = opened;
    return opened;
  };
  const turnOver = (): void => {
    close();
    const numbered = (index: number): string => join(options.folder, `${options.name}.${index}.log`);
    rmSync(numbered(options.keep), { force: true });
    for (let index = options.keep - 1; index >= 1; index -= 1) {
      if (existsSync(numbered(index))) renameSync(numbered(index), numbered(index + 1));
    }
    renameSync(path, numbered(1));
  };
  const close = (): void => {
    if (fd !== null) closeSync(fd);
    fd = null;
  };

  return {
    path,
    write(line) {
      try {
        let target = fd ?? open();
        if (size > 0 && size + Buffer.byteLength(line) > options.maxBytes) {
          turnOver();
          target = open();
        }
        size += writeSync(target, line);
      } catch {
        // A log that cannot be written (full disk, folder gone) must not stop the shop; the number of lost lines is told.
        lost += 1;
      }
    },
    lost: () => lost,
    close,
  };
}
