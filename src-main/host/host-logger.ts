import { homedir } from 'node:os';
import { createLogFile } from '#main/telemetry/log-file.ts';
import { createLogger } from '#main/telemetry/logger.ts';
import type { Logger } from '#main/telemetry/logger.ts';

/** The log of one process or thread: JSON lines in `logs/<name>.log` of the data folder, four files of 5 MB at most. */
export function hostLogger(folder: string, name: string): { logger: Logger; close(): void } {
  const file = createLogFile({ folder, name, maxBytes: 5_000_000, keep: 3 });
  const logger = createLogger({ sink: file, now: Date.now, level: 'info', home: homedir() }, { from: name });
  return { logger, close: () => file.close() };
}
