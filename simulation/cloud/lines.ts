/**
 * Database sessions whose statements may have to wait for each other. A statement that waits for a lock is told from one that works by asking
 * PostgreSQL who blocks it, never by time: the first stays as it is until somebody else moves, the second ends by itself.
 */
import type { Client } from 'pg';

/** What came of the work of a session. */
export type Answer =
  | { readonly ok: true; readonly value: unknown; readonly txn: string | null }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly detail: string };

/** Work under way in a session; `answer` is null while it waits for a lock. */
export type Running = { readonly pid: number; answer: Answer | null; readonly done: Promise<void> };

/** A statement that neither ends nor waits for this long is a fault of the machine or of the simulation. */
const patienceMs = 60_000;

/** Starts work in the session of `pid`. Errors of the database are answers; everything else is thrown by settle(). */
export function start(pid: number, work: () => Promise<{ value: unknown; txn: string | null }>): Running {
  const running: { pid: number; answer: Answer | null; done: Promise<void> } = {
    pid,
    answer: null,
    done: Promise.resolve(),
  };
  running.done = work().then(
    ({ value, txn }) => {
      running.answer = { ok: true, value, txn };
    },
    (error: unknown) => {
      running.answer = { ok: false, ...databaseError(error) };
    },
  );
  return running;
}

/**
 * Waits until the work has ended (true) or waits for a lock of one of these sessions (false). Whoever waits for something else, such as a short
 * lock of PostgreSQL's own, goes on by itself.
 */
export async function settle(monitor: Client, running: Running, sessions: readonly number[]): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  for (let wait = 4; ; wait = 2) {
    await Promise.race([running.done, new Promise((resolve) => setTimeout(resolve, wait))]);
    if (running.answer) return true;
    if (await isBlocked(monitor, running.pid, sessions)) return false;
    if (performance.now() > deadline) throw new Error(`Session ${running.pid} neither ends nor waits`);
  }
}

async function isBlocked(monitor: Client, pid: number, sessions: readonly number[]): Promise<boolean> {
  const { rows } = await monitor.query<{ blocked: boolean }>({
    name: 'blocked',
    text: 'select pg_blocking_pids($1) && $2::int[] as blocked',
    values: [pid, sessions],
  });
  return rows[0]?.blocked ?? false;
}

function databaseError(error: unknown): { code: string; message: string; detail: string } {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') throw error;
  const detail = 'detail' in error && typeof error.detail === 'string' ? error.detail : '';
  return { code: error.code, message: error.message, detail };
}

export async function pidOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}
