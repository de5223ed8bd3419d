/**
 * Ends the servers of a local cloud whose own process died without stopping them (SIGKILL, power user, crashed test run).
 * Runs as a small process of its own. It is told on standard input what to look after, one JSON line each; when that
 * pipe closes, its owner is gone.
 */
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

type Order =
  | { readonly do: 'watch'; readonly pid: number; readonly signal: NodeJS.Signals }
  | { readonly do: 'forget'; readonly pid: number }
  | { readonly do: 'remove-folder'; readonly path: string };

const watched = new Map<number, NodeJS.Signals>();
const folders = new Set<string>();

// Ctrl+C reaches the whole group of the terminal; the owner then stops in order and closes the pipe.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const order = JSON.parse(line) as Order;
  if (order.do === 'watch') watched.set(order.pid, order.signal);
  else if (order.do === 'forget') watched.delete(order.pid);
  else folders.add(order.path);
});
lines.on('close', () => {
  for (const [pid, signal] of watched) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') process.exitCode = 1;
    }
  }
  if (folders.size === 0) return;
  const deadline = Date.now() + 10_000;
  const whenGone = setInterval(() => {
    if ([...watched.keys()].some(isAlive) && Date.now() < deadline) return;
    clearInterval(whenGone);
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }, 50);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
