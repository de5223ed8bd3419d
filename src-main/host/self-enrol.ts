import type { Config } from '#main/config/read-config.ts';
import type { Logger } from '#main/telemetry/logger.ts';
import type { CommandResult } from '#shared/contract/commands.ts';
import type { Host } from './open-host.ts';
import type { Timers } from './timers.ts';

export type SelfEnrolDeps = {
  readonly host: Pick<Host, 'call'>;
  readonly config: Config;
  readonly logger: Logger;
  readonly timers: Timers;
  /** Name for the PC when PULSER_DEVICE_NAME gives none. */
  readonly hostName: string;
};

/**
 * Enrols this PC with PULSER_ENROL_CODE when it is set and the PC is not enrolled yet. Resolves after the first attempt;
 * while only the network is missing it tries again by itself. A refused code is logged and not tried again.
 */
export async function selfEnrol(deps: SelfEnrolDeps): Promise<void> {
  const { config, host, logger, timers } = deps;
  if (config.enrolCode === null) return;
  const status = (await host.call('status.get', {})) as CommandResult<'status.get'>;
  if (!status.ok || status.value.device !== null) return;
  const deviceName = config.deviceName ?? deps.hostName;
  const enrolled = (await host.call('device.enrol', {
    code: config.enrolCode,
    deviceName,
  })) as CommandResult<'device.enrol'>;
  if (enrolled.ok) return logger.info('host.enrolled', { deviceId: enrolled.value.deviceId });
  logger.warn('host.enrolment-failed', { error: enrolled.error });
  if (enrolled.error.retryable) timers.after(config.syncIntervalMs, () => void selfEnrol(deps));
}
