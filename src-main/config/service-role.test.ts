import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const project = join(import.meta.dirname, '..', '..');

/** Where the key is named only to be refused. */
const refusal = [
  'src-main/config/read-config.ts',
  'src-main/config/definitions.ts',
  'src-main/config/value-schemas.ts',
];

it('is the supervisor’s: nothing that runs on a store PC reads the service role key', () => {
  const files = ['src-main', 'src-preload', 'src-renderer', 'src-shared'].flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => join(folder, file).replaceAll('\\', '/'))
      .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$|\/testing[/.]/.test(file)),
  );
  expect(files.length).toBeGreaterThan(100);
  const naming = files.filter((file) => /service_?-?role/i.test(readFileSync(join(project, file), 'utf8')));
  expect(naming.toSorted()).toEqual(refusal.toSorted());
});
