import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { projectRoot } from '../setup/paths.ts';

/** What one step counted. */
export type Count = { readonly passed: number; readonly failed: number; readonly skipped: number };

/** A sum of counts; nothing when there are none. */
export function sum(counts: readonly Count[]): Count {
  return {
    passed: counts.reduce((total, { passed }) => total + passed, 0),
    failed: counts.reduce((total, { failed }) => total + failed, 0),
    skipped: counts.reduce((total, { skipped }) => total + skipped, 0),
  };
}

/** The last line of a run: `N passed, N failed`, and what was skipped when something was. */
export function closingLine({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Whether a run may be called good: something ran, and nothing failed. */
export function isGood({ passed, failed }: Count): boolean {
  return failed === 0 && passed > 0;
}

/** The environment in which the project's own tools come first, Node included. */
export function toolEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const path = [dirname(process.execPath), join(projectRoot, 'node_modules', '.bin'), process.env['PATH'] ?? ''];
  return { ...process.env, PATH: path.join(delimiter), ...extra };
}

/** The command line of a script of package.json. */
export function scriptOf(name: string): string {
  const about: unknown = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  const scripts = typeof about === 'object' && about !== null && 'scripts' in about ? about.scripts : null;
  const line =
    typeof scripts === 'object' && scripts !== null ? Object.entries(scripts).find(([key]) => key === name) : null;
  if (typeof line?.[1] !== 'string') throw new Error(`package.json has no script "${name}"`);
  return line[1];
}

/** Runs a command line of ours and lets its output through as it comes. Returns its exit code; 1 when it was killed. */
export async function stream(line: string, extra: Readonly<Record<string, string>> = {}): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(line, {
      cwd: projectRoot,
      env: toolEnvironment(extra),
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: true,
    });
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** Runs a command line of ours and keeps what it prints. */
export async function capture(line: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(line, {
      cwd: projectRoot,
      env: toolEnvironment({ NO_COLOR: '1' }),
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: true,
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
