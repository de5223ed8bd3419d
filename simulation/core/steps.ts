/** The steps of a simulated run. A list of them with the seed of its world is a run that can be played again, and shortened. */
import type { ActName } from '../pc/acts.ts';
import type { OfficeWork } from '../cloud/office.ts';

/** How a request or an answer comes to grief; `busy` to `page` also where the cloud never saw the request. */
export type Mishap = 'busy' | 'throttled' | 'sign-in' | 'page' | 'cut short' | 'garbled';

export type Step =
  /** A person does something; `r` is the seed of what exactly. */
  | { readonly do: 'act'; readonly pc: number; readonly what: ActName; readonly r: number }
  /** The cloud works on the n-th request that waits. */
  | { readonly do: 'serve'; readonly pc: number; readonly nth: number }
  /** The PC hears the n-th answer that waits. */
  | { readonly do: 'answer'; readonly pc: number; readonly nth: number }
  /** The n-th call on its way is lost: its request, or its answer. */
  | { readonly do: 'lose'; readonly pc: number; readonly nth: number }
  | { readonly do: 'spoil'; readonly pc: number; readonly nth: number; readonly how: Mishap }
  /** The network makes a copy of a request. */
  | { readonly do: 'copy'; readonly pc: number; readonly nth: number }
  /** The cloud works on a copy that nobody waits for. */
  | { readonly do: 'stray'; readonly nth: number }
  /** The daemon goes on after letting others work. */
  | { readonly do: 'go-on'; readonly pc: number }
  | { readonly do: 'hint'; readonly pc: number; readonly lost: boolean }
  /** Time goes on to the next timer. */
  | { readonly do: 'wait' }
  | { readonly do: 'crash'; readonly pc: number; readonly power: boolean }
  | { readonly do: 'clock'; readonly pc: number; readonly skew: number }
  | { readonly do: 'cut'; readonly pc: number; readonly way: 'none' | 'up' | 'down' }
  | { readonly do: 'pause'; readonly pc: number; readonly minutes: number | null }
  | { readonly do: 'resume'; readonly pc: number }
  | { readonly do: 'press'; readonly pc: number }
  | { readonly do: 'revoke'; readonly pc: number }
  /** The office, in one of its sessions with a transaction of its own. */
  | { readonly do: 'office'; readonly who: number; readonly what: OfficeWork; readonly r: number }
  /** A PC's disk is copied, as a backup. */
  | { readonly do: 'backup'; readonly pc: number }
  /** A PC's disk is set back to its backup. */
  | { readonly do: 'restore'; readonly pc: number }
  /** A PC's disk is copied into another PC, and both go on. */
  | { readonly do: 'clone'; readonly pc: number }
  /** The cloud's state is kept, and later the cloud is set back to it. */
  | { readonly do: 'keep' }
  | { readonly do: 'rewind' }
  /** An operator raises the cloud's epoch. */
  | { readonly do: 'epoch' }
  /** A PC is enrolled anew on the disk that it has, as a replacement of what it was, which is removed, or beside it. */
  | { readonly do: 'enrol anew'; readonly pc: number; readonly replaces: boolean; readonly r: number }
  /** The shop is closed for so many days: PCs sleep, and wake up all at once. */
  | { readonly do: 'sleep'; readonly days: number }
  /** Retention takes the whole feed of a scope away. */
  | { readonly do: 'prune'; readonly nth: number }
  /** A statement that waits for a lock runs into its timeout. */
  | { readonly do: 'timeout' };

/** A step in plain words. */
export function describe(step: Step): string {
  const pc = 'pc' in step ? `PC ${step.pc + 1}` : '';
  switch (step.do) {
    case 'act':
      return `${pc}: ${step.what}`;
    case 'serve':
      return `the cloud works on a request of ${pc}`;
    case 'answer':
      return `${pc} hears an answer`;
    case 'lose':
      return `a request or answer of ${pc} is lost`;
    case 'spoil':
      return `a call of ${pc} comes back ${step.how}`;
    case 'copy':
      return `the network doubles a request of ${pc}`;
    case 'stray':
      return 'the cloud works on a stray copy of a request';
    case 'go-on':
      return `${pc} goes on applying`;
    case 'hint':
      return `${pc} ${step.lost ? 'misses' : 'hears'} that something is new`;
    case 'wait':
      return 'time passes until the next timer';
    case 'crash':
      return step.power ? `${pc} loses power and starts again` : `the program on ${pc} is killed and starts again`;
    case 'clock':
      return `the clock of ${pc} is set to ${Math.round(step.skew / 3_600_000)} h off`;
    case 'cut':
      return step.way === 'none' ? `${pc} is connected again` : `the network of ${pc} is cut ${step.way}wards`;
    case 'pause':
      return `${pc} pauses synchronisation${step.minutes === null ? '' : ` for ${step.minutes} min`}`;
    case 'resume':
      return `${pc} resumes synchronisation`;
    case 'press':
      return `${pc}: "sync now"`;
    case 'revoke':
      return `${pc} is removed from its store`;
    case 'office':
      return `office ${step.who + 1}: ${step.what}`;
    case 'backup':
      return `the disk of ${pc} is backed up`;
    case 'restore':
      return `the disk of ${pc} is set back to its backup`;
    case 'clone':
      return `the disk of ${pc} is copied into another PC`;
    case 'keep':
      return "the cloud's state is kept";
    case 'rewind':
      return 'the cloud is set back to the state that was kept';
    case 'epoch':
      return "the cloud's epoch is raised";
    case 'enrol anew':
      return `${pc} is enrolled anew${step.replaces ? ', what it was is removed' : ''}`;
    case 'sleep':
      return `everybody sleeps for ${step.days} days`;
    case 'prune':
      return 'the feed of a scope is pruned';
    case 'timeout':
      return 'a statement that waits for a lock is cancelled';
  }
}
