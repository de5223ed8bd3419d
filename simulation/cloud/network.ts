/** What is under way between PCs and the cloud. Nothing moves by itself: the schedule decides what happens to each of them. */
import { fail, type Result } from '#shared/result.ts';
import type { TransportFailure } from '#main/sync/transport/types.ts';
import type { SentBatch } from '../core/ledger.ts';
import type { Answer } from './lines.ts';
import type { Caller } from './sim-cloud.ts';

/** A call of a PC: `asked` until the cloud has worked on it, `running` while the cloud waits for a lock, `answered` until the PC hears it. */
export type Call = {
  readonly pc: number;
  /** Who asked, at the time of asking. */
  readonly caller: Caller;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  state: 'asked' | 'running' | 'answered';
  answer: Answer | null;
  /** The session it runs in. */
  line: string;
  /** Counts the calls as the cloud began to work on them: who came first is let through first where two waited. */
  turn: number;
  /** Whether its PC had been removed before the cloud worked on it. */
  tooLate: boolean;
  /** False for a copy that the network made, and for a call whose PC died: nobody waits for it. */
  readonly awaited: boolean;
  readonly resolve: (result: Result<unknown, TransportFailure>) => void;
};

/** A place where a PC lets other work in. */
export type Pause = { readonly pc: number; readonly resolve: () => void };

export type Network = {
  readonly calls: Call[];
  /** Batches that were sent, by their hash: copies of a request, and the same batch sent again, are one. */
  readonly sent: Map<string, SentBatch>;
  readonly pauses: Pause[];
  /** PCs that were told that something moved, and have not heard it yet. */
  readonly nudges: { readonly pc: number; readonly hear: () => void }[];
  readonly ask: (
    pc: number,
    caller: Caller,
    name: string,
    args: Readonly<Record<string, unknown>>,
  ) => Promise<Result<unknown, TransportFailure>>;
  readonly pause: (pc: number) => Promise<void>;
  /** Another copy of a request, on its way by itself. */
  readonly copy: (call: Call) => void;
  /** Forgets what a PC waited for; what is on its way stays on its way. */
  readonly orphan: (pc: number) => void;
  readonly remove: (call: Call) => void;
};

const fresh = { state: 'asked' as const, answer: null, line: '', turn: 0, tooLate: false };

export function createNetwork(): Network {
  const calls: Call[] = [];
  const pauses: Pause[] = [];
  const nudges: { pc: number; hear: () => void }[] = [];
  const take = <T>(list: T[], keep: (item: T) => boolean): void => {
    list.splice(0, list.length, ...list.filter(keep));
  };
  const nobody = (): void => undefined;
  return {
    calls,
    sent: new Map(),
    pauses,
    nudges,
    ask: (pc, caller, name, args) =>
      new Promise((resolve) => {
        calls.push({ ...fresh, pc, caller, name, args, awaited: true, resolve });
      }),
    pause: (pc) =>
      new Promise((resolve) => {
        pauses.push({ pc, resolve });
      }),
    copy: (call) => void calls.push({ ...call, ...fresh, awaited: false, resolve: nobody }),
    orphan(pc) {
      const left = calls.filter((call) => call.pc === pc && call.awaited);
      take(calls, (call) => call.pc !== pc || !call.awaited);
      for (const call of left) if (call.state !== 'answered') calls.push({ ...call, awaited: false, resolve: nobody });
      take(pauses, (pause) => pause.pc !== pc);
      take(nudges, (nudge) => nudge.pc !== pc);
    },
    remove: (call) => take(calls, (each) => each !== call),
  };
}

/** A failure as the transport tells it. */
export function failure(
  kind: TransportFailure['kind'],
  detail: string,
  retryAfterMs = 0,
): Result<never, TransportFailure> {
  return fail({ kind, detail, ...(retryAfterMs > 0 ? { retryAfterMs } : {}) });
}
