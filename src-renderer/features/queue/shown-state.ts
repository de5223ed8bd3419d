import type { QueueItem, SyncStatus } from '#shared/contract/schemas.ts';

/** A state of the queue as it is shown: `again` is what was on its way when the line broke, and goes again by itself. */
export type ShownState = QueueItem['state'] | 'again';

/**
 * What a change's state means now. A batch that was cut off stays "sending" in the store until the cloud answers for it; while
 * this PC sends nothing, calling it so would claim more than is true.
 */
export function shownState(state: QueueItem['state'], status: SyncStatus | undefined): ShownState {
  return state === 'sending' && status !== undefined && rests(status) ? 'again' : state;
}

/** Whether nothing is on its way. A conflict hides a pause or a broken line behind `attention`, so both are asked too. */
function rests({ state, pause, failure }: SyncStatus): boolean {
  return state === 'offline' || state === 'paused' || state === 'error' || pause !== null || failure !== null;
}
