import { basename, resolve } from 'node:path';
import { z } from 'zod';

/** The dialogs as far as they are needed here; they answer null when the operator cancels. */
export type FileDialogs<W> = {
  readonly openSales: (window: W) => Promise<string | null>;
  readonly openBundle: (window: W) => Promise<string | null>;
  readonly openFolder: (window: W) => Promise<string | null>;
  /** `name` is suggested. */
  readonly saveBundle: (window: W, name: string) => Promise<string | null>;
};

export type ChosenFiles<W = unknown> = {
  /** Answers what a page asked of the shell: the file that the operator chose, null when they cancelled. Rejects what it does not know. */
  choose(window: W, request: readonly unknown[]): Promise<string | null>;
  /** Whether a call of the page may go on: one that names a file only when the operator chose that file here, for this. */
  allows(name: string, input: unknown): boolean;
};

type Purpose = 'sales' | 'read' | 'write' | 'folder';

/** What a file must have been chosen for, by the command that names it. */
const needed: Readonly<Record<string, readonly Purpose[]>> = {
  'import.inspect': ['sales'],
  'import.start': ['sales'],
  'bundle.inspect': ['read', 'write'],
  'bundle.import': ['read'],
  'bundle.export': ['write'],
  'exports.setFolder': ['folder'],
};

const withPath = z.looseObject({ path: z.string().nullable() });
const wanted = z.union([
  z.tuple([z.enum(['chooseImportFile', 'chooseBundle', 'chooseFolder'])]),
  z.tuple([z.literal('saveBundle'), z.string().min(1).max(200)]),
]);

/** Remembers which files the operator chose, and for what, so that a page gone wrong cannot read or write any other. */
export function createChosenFiles<W>(dialogs: FileDialogs<W>): ChosenFiles<W> {
  const chosen: Readonly<Record<Purpose, Set<string>>> = {
    sales: new Set(),
    read: new Set(),
    write: new Set(),
    folder: new Set(),
  };
  const remember = (purpose: Purpose, path: string | null): string | null => {
    if (path === null) return null;
    chosen[purpose].add(resolve(path));
    return resolve(path);
  };
  return {
    async choose(window, request) {
      const parsed = wanted.safeParse(request);
      if (!parsed.success) throw new Error('Unknown request');
      const [what, name] = parsed.data;
      if (what === 'chooseImportFile') return remember('sales', await dialogs.openSales(window));
      if (what === 'chooseFolder') return remember('folder', await dialogs.openFolder(window));
      if (what === 'chooseBundle') return remember('read', await dialogs.openBundle(window));
      return remember('write', await dialogs.saveBundle(window, basename(name ?? '')));
    },
    allows(name, input) {
      const purposes = Object.hasOwn(needed, name) ? needed[name] : undefined;
      if (purposes === undefined) return true;
      const parsed = withPath.safeParse(input);
      if (!parsed.success) return false;
      const { path } = parsed.data;
      // who names no file reaches none
      return path === null || purposes.some((purpose) => chosen[purpose].has(path));
    },
  };
}
