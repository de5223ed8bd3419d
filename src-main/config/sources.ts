import { z } from 'zod';

/** One value as found, with where it was found in the words an operator reads. */
export type Found = { readonly value: string; readonly source: string };

/** What reading one source gave: values by name, and the sentences about what could not be read. */
export type SourceReading = { readonly values: ReadonlyMap<string, string>; readonly problems: readonly string[] };

/** Reads a text file; null when there is none. Anything else that prevents reading is thrown. */
export type ReadText = (path: string) => string | null;

/** Reads KEY=value lines: blank lines and `#` comments are left out, quotes around a value are taken off, `export` is allowed. */
export function readEnvFile(path: string, readText: ReadText): SourceReading {
  const content = readOrExplain(path, readText);
  if (content.problem !== null) return { values: new Map(), problems: [content.problem] };
  const values = new Map<string, string>();
  const problems: string[] = [];
  (content.text ?? '')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .forEach((line, index) => {
      if (/^\s*(#|$)/.test(line)) return;
      const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
      if (match === null)
        problems.push(`Line ${index + 1} of ${path} is not of the form NAME=value. Correct or remove it.`);
      else values.set(match[1] as string, unquote(match[2] as string));
    });
  return { values, problems };
}

function unquote(value: string): string {
  const match = /^(["'])(.*)\1$/.exec(value);
  return match === null ? value : (match[2] as string);
}

const settingsFile = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

/** Reads the settings file: one JSON object of names and values. */
export function readSettingsFile(path: string, readText: ReadText): SourceReading {
  const content = readOrExplain(path, readText);
  if (content.problem !== null) return { values: new Map(), problems: [content.problem] };
  if (content.text === null) return { values: new Map(), problems: [] };
  const parsed = settingsFile.safeParse(parseJson(content.text));
  if (!parsed.success) {
    const problem = `${path} is not one JSON object of names and values. Correct it, for example {"SYNC_INTERVAL": 15}, or remove the file.`;
    return { values: new Map(), problems: [problem] };
  }
  const entries = Object.entries(parsed.data).filter(([, value]) => value !== null);
  return { values: new Map(entries.map(([name, value]) => [name, String(value)])), problems: [] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    // Undefined is no object of settings, so the caller names the file as malformed.
    return undefined;
  }
}

function readOrExplain(path: string, readText: ReadText): { text: string | null; problem: string | null } {
  try {
    return { text: readText(path), problem: null };
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    return { text: null, problem: `${path} exists but cannot be read (${why}). Give this user the right to read it.` };
  }
}
