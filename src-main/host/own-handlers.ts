import { appError } from '#shared/contract/errors.ts';
import type { Handlers } from '#shared/contract/commands.ts';
import type { SyncStatus } from '#shared/contract/schemas.ts';
import { fail, ok } from '#shared/result.ts';
import type { Config } from '#main/config/read-config.ts';
import { readIdentity } from '#main/store/identity.ts';
import type { Store } from '#main/store/types.ts';
import type { Daemon } from '#main/sync/types.ts';
import { readVerifications } from '#main/sync/verification/history.ts';
import type { Latency } from '#main/telemetry/latency.ts';

export type OwnHandlerDeps = {
  readonly store: Store;
  readonly config: Config;
  readonly daemon: Daemon;
  readonly status: () => SyncStatus;
  readonly versions: Readonly<Record<string, string>>;
  readonly reads: () => Latency;
  readonly loopDelay: () => Latency;
};

type OwnHandlers = Pick<
  Handlers,
  | 'status.get'
  | 'sync.now'
  | 'sync.pause'
  | 'sync.resume'
  | 'sync.economy.get'
  | 'sync.economy.set'
  | 'sync.verify'
  | 'sync.verifications'
  | 'device.enrol'
  | 'diagnostics.get'
>;

/** Answers what is asked of the host as a whole: status, the daemon's switches, enrolment, diagnostics. */
export function createOwnHandlers(deps: OwnHandlerDeps): OwnHandlers {
  const { store, config, daemon } = deps;
  return {
    'status.get': () => ok(deps.status()),
    'sync.now': () => {
      if (readIdentity(store.read) === null) return fail(appError('not-enrolled'));
      if (deps.status().pause !== null) return fail(appError('paused'));
      daemon.wake('operator');
      return ok({});
    },
    'sync.pause': ({ until, reason }) => {
      if (until !== null && until <= store.now()) return fail(appError('bad-input', 'until: lies in the past'));
      daemon.pause(until, reason);
      return ok({});
    },
    'sync.resume': () => {
      daemon.resume();
      return ok({});
    },
    'sync.economy.get': () => ok(daemon.economy()),
    'sync.economy.set': (settings) => {
      daemon.setEconomy(settings);
      return ok(daemon.economy());
    },
    'sync.verify': async ({ depth }) => {
      const report = await daemon.verify(depth);
      return report.ok ? ok({ ...report.value, tables: [...report.value.tables] }) : report;
    },
    'sync.verifications': ({ limit }) => ok(readVerifications(store.read, limit)),
    'device.enrol': async ({ code, deviceName }) => {
      if (config.cloud === null)
        return fail(appError('bad-input', 'No cloud is configured on this PC (SUPABASE_URL).'));
      const identity = await daemon.enrol(code, deviceName);
      if (!identity.ok) return identity;
      return ok({ deviceId: identity.value.deviceId, storeId: identity.value.storeId });
    },
    'diagnostics.get': () =>
      ok({
        versions: { ...deps.versions },
        databaseBytes: store.fileBytes(),
        writes: store.writeTimes,
        reads: deps.reads(),
        loopDelay: deps.loopDelay(),
        config: config.listed.map((entry) => ({ ...entry })),
      }),
  };
}
