import type { CommandOutput } from '#shared/contract/commands.ts';

/** What the host found in a file before anything is imported. */
export type Inspection = CommandOutput<'import.inspect'>;

/** The last part of a path, of either kind of separator. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
