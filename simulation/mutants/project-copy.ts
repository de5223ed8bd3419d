/** A copy of the project in which one mutant at a time lives. */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workFolder } from '../cloud/cluster.ts';
import type { Mutant } from './types.ts';

const project = join(import.meta.dirname, '../..');
const parts = ['simulation', 'src-main', 'src-shared', 'src-cloud', 'migrations', 'package.json', 'vitest.config.ts'];

export type ProjectCopy = {
  readonly folder: string;
  /** Puts a mutant in; answers the function that takes it out. @throws Error when its text does not stand there exactly once */
  readonly infect: (mutant: Omit<Mutant, 'caught'>) => () => void;
  readonly remove: () => void;
};

export function copyProject(): ProjectCopy {
  const folder = workFolder('pulser-mutants-');
  for (const part of parts) cpSync(join(project, part), join(folder, part), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'test-results'));
  return {
    folder,
    infect({ name, file, find, replace }) {
      const path = join(folder, file);
      const text = readFileSync(path, 'utf8');
      const places = text.split(find).length - 1;
      if (places !== 1) throw new Error(`The mutant "${name}" stands ${places} times in ${file}: bring it up to date`);
      // a function, because the text may contain what replaceAll would read as a pattern
      writeFileSync(
        path,
        text.replace(find, () => replace),
      );
      return () => writeFileSync(path, text);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
