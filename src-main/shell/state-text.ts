import type { SyncStatus } from '#shared/contract/schemas.ts';
import type { OpenServices } from './services-watch.ts';

/** How things stand, in one sentence short enough for a tray tip (Windows cuts at 127 characters). */
export function stateSentence(status: SyncStatus): string {
  const waiting = changes(status.waiting);
  switch (status.state) {
    case 'synced':
      return status.lastSuccessAt === null ? 'Nothing waits to be sent.' : 'All changes are saved in the cloud.';
    case 'syncing':
      return status.waiting === 0 ? 'Receiving what other PCs changed…' : `Sending ${waiting}…`;
    case 'offline':
      return status.waiting === 0
        ? 'Offline. You can keep selling.'
        : `Offline. You can keep selling; ${waiting} will be sent later.`;
    case 'paused':
      return status.waiting === 0 ? 'Sync is paused.' : `Sync is paused; ${waiting} wait on this PC.`;
    case 'attention':
      return attention(status);
    case 'error':
      return status.failure === null ? 'Sync has stopped.' : firstSentence(status.failure.message);
  }
}

function attention(status: SyncStatus): string {
  if (status.device === null) return 'This PC does not belong to a store yet.';
  if (status.openConflicts === 1) return 'One conflict needs your choice.';
  if (status.openConflicts > 1) return `${status.openConflicts} conflicts need your choice.`;
  return status.stuck === 1 ? 'One change needs your attention.' : `${status.stuck} changes need your attention.`;
}

function changes(count: number): string {
  return count === 1 ? 'one change' : `${new Intl.NumberFormat('en').format(count)} changes`;
}

/** What is open to assistants, for the tray. */
export function openSentence({ read, write }: OpenServices): string {
  const names = (titles: readonly string[]): string => titles.join(', ');
  if (write.length === 0) return `Assistants may read: ${names(read)}`;
  return `Assistants may change: ${names(write)}${read.length === 0 ? '' : `; read: ${names(read)}`}`;
}

function firstSentence(text: string): string {
  return /^[^.]*\./.exec(text)?.[0] ?? text;
}

/** What is asked before the app ends while changes still wait. */
export function quitQuestion(waiting: number): { message: string; detail: string } {
  return {
    message: `${changes(waiting).replace(/^o/, 'O')} ${waiting === 1 ? 'is' : 'are'} saved on this PC but not sent yet.`,
    detail: 'Nothing is lost when you quit: sending continues at the next start.',
  };
}
