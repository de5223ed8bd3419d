import { spawn } from 'node:child_process';

export type Finished = {
  /** The exit code; null when the process was killed or could not be started. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type RunOptions = {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds until the process is killed. */
  readonly limit?: number;
};

/** Runs a program to its end and returns what it printed. A program that is not there is a `code` of null, never a throw. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.limit,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (error) => resolve({ code: null, stdout, stderr: stderr + error.message }));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The last lines of what a failed program said, for a message. */
export function lastWords({ stdout, stderr }: Finished, lines = 8): string {
  const text = (stderr.trim() || stdout.trim()).split('\n');
  return text.slice(-lines).join('\n');
}
