/*
 * What Electron's own default app does, for a runtime that came with another app inside: takes `-r MODULE` and the path of an
 * app from the command line, gives the process that app's name, version and folders, and starts its main file.
 */
import { app, dialog } from 'electron';
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);

/** Splits the command line as Electron does: switches of Chromium are skipped, the first plain word is the app. */
function readCommandLine(words) {
  const modules = [];
  let target = null;
  for (let at = 0; at < words.length && target === null; at += 1) {
    const word = words[at];
    if (word === '-r' || word === '--require') modules.push(words[(at += 1)]);
    else if (word === '-v' || word === '--version') {
      process.stdout.write(`v${process.versions.electron}\n`);
      process.exit(0);
    } else if (!word.startsWith('-')) target = word;
  }
  return { modules, target };
}

/** The folder of the app and its package.json; a path to a script has none of its own. */
function readApp(target) {
  const path = resolve(target);
  if (!statSync(path).isDirectory()) return { folder: dirname(path), main: path, about: {} };
  const about = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  return { folder: path, main: resolve(path, about.main ?? 'index.js'), about };
}

function introduce({ folder, about }) {
  const name = about.productName ?? about.name ?? basename(folder);
  app.setName(name);
  if (about.version) app.setVersion(about.version);
  if (about.desktopName) app.setDesktopName(about.desktopName);
  if (!app.commandLine.hasSwitch('user-data-dir')) app.setPath('userData', join(app.getPath('appData'), name));
  app.setAppPath(folder);
}

const { modules, target } = readCommandLine(process.argv.slice(1));
for (const module of modules) require(resolve(module));
if (target === null) {
  process.stderr.write('Usage: electron [-r MODULE] PATH_OF_THE_APP\n');
  process.exit(1);
}
try {
  const found = readApp(target);
  introduce(found);
  await import(pathToFileURL(found.main).href);
} catch (error) {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`The app at ${target} did not start:\n${text}\n`);
  if (process.env.DISPLAY && !process.env.CI) dialog.showErrorBox('The app did not start', text);
  process.exit(1);
}
