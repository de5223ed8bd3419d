import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const template = join(import.meta.dirname, '..', '..', 'src-main', 'services', 'template');

/** Makes `<folder>/<name>` of the template. Throws when the name is none, or taken. Answers the path of its file. */
export function newService(name: string, folder: string): string {
  if (!/^[a-z]{2,20}$/.test(name)) throw new Error('A service has a name of 2 to 20 lower-case letters.');
  const own = join(folder, name);
  if (existsSync(own)) throw new Error(`There is a service ${name} already.`);
  const title = name[0]?.toUpperCase() + name.slice(1);
  const source = readFileSync(join(template, 'template.ts'), 'utf8')
    .replaceAll('template', name)
    .replaceAll('Template', title);
  mkdirSync(own);
  writeFileSync(join(own, `${name}.ts`), source);
  writeFileSync(join(own, 'README.md'), `# ${name}\nWhat this service is for, and what it may import.\n`);
  return join(own, `${name}.ts`);
}
