import { appError } from '#shared/contract/errors.ts';
import type { AppError } from '#shared/contract/errors.ts';
import { fail, ok } from '#shared/result.ts';
import type { Result } from '#shared/result.ts';
import type { Service } from '#main/services/base/types.ts';
import { storeErrorOf } from '#main/store/open-database.ts';
import type { Logger } from '#main/telemetry/logger.ts';
import { removeEndpointFile, writeEndpointFile } from './endpoint-file.ts';
import type { Listener } from './listener.ts';
import type { Protocol } from './protocol.ts';
import type { ServiceSettings } from './settings.ts';

export type DoorDeps = {
  readonly services: readonly Service[];
  readonly settings: ServiceSettings;
  /** What serves the port; loaded when it is first opened. */
  readonly protocol: () => Promise<Protocol>;
  readonly port: number;
  readonly dataDir: string;
  readonly version: string;
  readonly pid: number;
  readonly logger: Logger;
  readonly after: (ms: number, work: () => void) => () => void;
  readonly store: { now(): number };
};

/** The one port for all services: open while one of them is on. */
export type Door = {
  /** Opens, moves or closes the port as the settings say now. Fails with `port-taken`, and tries again by itself. */
  adjust(): Promise<Result<null, AppError>>;
  state(): { readonly port: number; readonly url: string | null; readonly failure: AppError | null };
  connections(): number;
  cut(which: Parameters<Listener['cut']>[0]): void;
  close(): Promise<void>;
};

const retryMs = 10_000;

export function createDoor(deps: DoorDeps): Door {
  const { settings } = deps;
  let listener: Listener | null = null;
  let opened = 0;
  let failure: AppError | null = null;
  let cancelRetry: (() => void) | null = null;
  let closed = false;
  // one change of the port at a time
  let turn: Promise<unknown> = Promise.resolve();

  const wished = (): number => settings.port() ?? deps.port;
  const shut = async (): Promise<void> => {
    cancelRetry?.();
    cancelRetry = null;
    failure = null;
    if (listener === null) return;
    const old = listener;
    listener = null;
    removeEndpointFile(deps.dataDir);
    await old.close();
  };
  const open = async (): Promise<Result<null, AppError>> => {
    const port = wished();
    const made = await (await deps.protocol()).listen(port);
    if (!made.ok) {
      failure = made.error;
      deps.logger.error('mcp.port-taken', { port });
      cancelRetry = deps.after(retryMs, () => void adjust());
      return made;
    }
    listener = made.value;
    opened = port;
    tell(listener.port);
    deps.logger.info('mcp.listening', { port: listener.port });
    return ok(null);
  };
  const tell = (port: number): void => {
    const services = deps.services.map(({ id }) => id).filter((id) => settings.tierOf(id) !== 'off');
    const { version, pid } = deps;
    try {
      writeEndpointFile(deps.dataDir, { version, pid, url: addressOf(port), services, startedAt: deps.store.now() });
    } catch (error) {
      // a full disk: clients that know the address can go on, only the bridge cannot find it
      deps.logger.warn('mcp.endpoint-not-written', { error });
    }
  };
  const settle = async (): Promise<Result<null, AppError>> => {
    const wanted = !closed && deps.services.some(({ id }) => settings.tierOf(id) !== 'off');
    if (wanted && listener !== null && opened === wished()) {
      tell(listener.port);
      return ok(null);
    }
    await shut();
    return wanted ? open() : ok(null);
  };
  /** Whatever keeps the port shut, it must not keep the shop from opening. */
  const broken = (error: unknown): Result<null, AppError> => {
    failure = storeErrorOf(error) ?? appError('internal');
    deps.logger.error('mcp.not-listening', { error });
    cancelRetry ??= deps.after(retryMs, () => void adjust());
    return fail(failure);
  };
  const adjust = (): Promise<Result<null, AppError>> => {
    const next = turn.then(settle).catch(broken);
    turn = next;
    return next;
  };

  return {
    adjust,
    state: () => ({
      port: listener?.port ?? wished(),
      url: listener === null ? null : addressOf(listener.port),
      failure,
    }),
    connections: () => listener?.connections() ?? 0,
    cut: (which) => listener?.cut(which),
    async close() {
      closed = true;
      await adjust();
    },
  };
}

const addressOf = (port: number): string => `http://127.0.0.1:${port}/mcp`;
