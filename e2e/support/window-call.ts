import type { Page } from '@playwright/test';
import type { CommandInput, CommandName, CommandResult } from '#shared/contract/commands.ts';
import type { Bridge } from '#shared/contract/names.ts';

declare global {
  /** The bridge, for code that Playwright runs inside the page. */
  var pulser: Bridge | undefined;
}

/** Calls a command the way the page does: over the preload's bridge and Electron's IPC. */
export async function callInWindow<N extends CommandName>(
  page: Page,
  name: N,
  input: CommandInput<N>,
): Promise<CommandResult<N>> {
  return (await page.evaluate(([command, value]) => globalThis.pulser?.call(command as CommandName, value), [
    name as string,
    input as unknown,
  ] as const)) as CommandResult<N>;
}
