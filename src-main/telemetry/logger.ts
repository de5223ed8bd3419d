import { redact } from './redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes structured log lines. `event` is a short constant name; what varies goes into the fields. */
export type Logger = {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  with(fields: LogFields): Logger;
};

/** Takes finished lines, each ending in a newline. Must not throw: a full disk must not stop a sale. */
export type LogSink = { write(line: string): void };

export type LoggerDeps = {
  readonly sink: LogSink;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  readonly level: LogLevel;
  /** The user's home folder; shown as `~`. */
  readonly home: string;
};

const ranks: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Creates a logger of JSON lines (`at`, `level`, `event`, fields). Every line is redacted before it reaches the sink. */
export function createLogger(deps: LoggerDeps, base: LogFields = {}): Logger {
  const write = (level: LogLevel, event: string, fields: LogFields = {}): void => {
    if (ranks[level] < ranks[deps.level]) return;
    const record = { at: new Date(deps.now()).toISOString(), level, event, ...base, ...fields };
    deps.sink.write(`${redact(record, deps.home)}\n`);
  };
  return {
    debug: (event, fields) => write('debug', event, fields),
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
    with: (fields) => createLogger(deps, { ...base, ...fields }),
  };
}

/** A logger that keeps nothing, for tests of other parts. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silentLogger,
};
