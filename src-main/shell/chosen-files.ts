import { resolve } from 'node:path';
import { z } from 'zod';

/** The dialog as far as it is needed here. */
export type OpenDialog<W> = (
  window: W,
) => Promise<{ readonly canceled: boolean; readonly filePaths: readonly string[] }>;

export type ChosenFiles<W = unknown> = {
  /** Lets the operator choose a file; null when they cancel. */
  choose(window: W): Promise<string | null>;
  /** Whether a call of the page may go on: one that names a file only when the operator chose that file here. */
  allows(name: string, input: unknown): boolean;
};

const fileCommands = new Set(['import.inspect', 'import.start']);
const withPath = z.looseObject({ path: z.string() });

/** Remembers which files the operator chose, so that a page gone wrong cannot read any other. */
export function createChosenFiles<W>(openDialog: OpenDialog<W>): ChosenFiles<W> {
  const chosen = new Set<string>();
  return {
    async choose(window) {
      const answer = await openDialog(window);
      const path = answer.filePaths[0];
      if (answer.canceled || path === undefined) return null;
      chosen.add(resolve(path));
      return resolve(path);
    },
    allows(name, input) {
      if (!fileCommands.has(name)) return true;
      const parsed = withPath.safeParse(input);
      return parsed.success && chosen.has(parsed.data.path);
    },
  };
}
