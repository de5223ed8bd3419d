/** The processes in which PCs live, as the process that runs the world sees them. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Answers, Envelope, Order, Report } from './messages.ts';

type Did = Extract<Report, { say: 'did' }>;

export type PcProcess = {
  readonly ask: <N extends Order['do']>(order: Extract<Order, { do: N }>) => Promise<Answers[N]>;
  /** SIGKILL, and a new process in its place. Who asked the old one hears that it is gone. */
  readonly kill: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** A process died while somebody waited for its answer. */
export class ProcessGone extends Error {}

export function openPcProcess(file: string, onDid: (did: Did) => void): PcProcess {
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let asked = 0;
  let closing = false;
  let child = start();

  function start(): ChildProcess {
    const started = fork(file, [], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
    });
    started.on('message', (report: Report) => {
      if (report.say === 'did') return onDid(report);
      const asker = waiting.get(report.id);
      waiting.delete(report.id);
      if (report.say === 'done') asker?.resolve(report.value as never);
      else asker?.reject(new Error(report.error));
    });
    started.on('exit', (code, signal) => {
      // the next one is there before anybody hears that this one is gone
      if (!closing) child = start();
      const error = new ProcessGone(`A process with PCs ended with ${code ?? signal}`);
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    });
    return started;
  }

  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };

  return {
    ask: (order) =>
      new Promise((resolve, reject) => {
        const id = (asked += 1);
        waiting.set(id, { resolve, reject });
        child.send({ id, order } satisfies Envelope, (error) => {
          if (error && waiting.delete(id)) reject(new ProcessGone(error.message));
        });
      }),
    kill: end,
    async close() {
      closing = true;
      await end();
    },
  };
}
