/**
 * Why the cloud refuses a local transaction, in words for the operator, and what can be done about it: one table for the daemon, the
 * headless service and the screen. Codes are PostgreSQL's and the cloud's own (PF...).
 */

/**
 * - `edit` correct the values and send again, `retry` send again as it is
 * - `discard` take the cloud's version: the records return to what the cloud has, and this can be undone
 */
export const refusalActionNames = ['edit', 'retry', 'discard'] as const;
export type RefusalAction = (typeof refusalActionNames)[number];

/** The code of a transaction that somebody else had made true already: this PC settles it by itself. */
export const doneElsewhere = 'PF411';
/** The code of a transaction that waits behind another one. */
export const heldCode = 'held';

/** The code of a transaction that no batch can carry. */
export const tooLarge = 'too-large';
/** The code of a transaction that may or may not have been sent by a copy of this disk, long ago. */
export const forgotten = 'forgotten';

type Refusal = {
  /** `subject` names what the database complained about, `message` is its own text. */
  readonly reason: (subject: string, message: string) => string;
  /** What helps most, first. */
  readonly actions: readonly RefusalAction[];
};

const refusals: Readonly<Record<string, Refusal>> = {
  '23503': {
    reason: (subject) => `It refers to a record that the cloud does not have (${subject}).`,
    actions: ['retry', 'edit', 'discard'],
  },
  '23505': {
    reason: () => 'The cloud already has another record with the same number.',
    actions: ['edit', 'discard'],
  },
  '23514': { reason: (subject) => `A value is not allowed there: ${subject}.`, actions: ['edit', 'discard'] },
  '23502': { reason: () => 'A value that must be filled in is missing.', actions: ['edit', 'discard'] },
  '42501': { reason: () => 'This PC may not change this record. Only the office can.', actions: ['discard', 'retry'] },
  '42P01': {
    reason: () => 'The cloud does not know this kind of record yet. It has to be updated first.',
    actions: ['retry', 'discard'],
  },
  '42703': {
    reason: () => 'The cloud does not know one of these fields yet. It has to be updated first.',
    actions: ['retry', 'discard'],
  },
  PF409: {
    reason: () => 'Somebody else changed this record after it was deleted here.',
    actions: ['discard', 'retry'],
  },
  PF410: {
    reason: () => 'This record was deleted on another PC or in the office, and nobody knows any more what it was.',
    actions: ['discard'],
  },
  [doneElsewhere]: {
    reason: () => 'Somebody else did this already, on another PC or in the office. Nothing was done twice.',
    actions: [],
  },
  [tooLarge]: {
    reason: () => 'It is too large to be sent in one piece. Discard it, and do the same work in smaller steps.',
    actions: ['discard', 'retry'],
  },
  [forgotten]: {
    reason: () =>
      'This PC was set back to an old state, and the cloud no longer knows whether it has this. Look there: retry if it is missing, discard if it is not.',
    actions: ['retry', 'discard'],
  },
  [heldCode]: {
    reason: () => 'It changes the same record as something that was refused. It waits until that is settled.',
    actions: ['retry', 'discard'],
  },
};

const unreadable: Refusal = {
  reason: (_subject, message) => `A value cannot be understood there: ${message}`,
  actions: ['edit', 'discard'],
};
const other: Refusal = { reason: (_subject, message) => message, actions: ['retry', 'edit', 'discard'] };

function refusalOf(code: string): Refusal {
  return refusals[code] ?? (code.startsWith('22') ? unreadable : other);
}

/** The sentence for a refusal; `message` is the database's own text, kept for what no sentence is written for. */
export function refusalReason(code: string, message: string, constraint?: string | null): string {
  return refusalOf(code).reason((constraint ?? message).replaceAll('_', ' '), message);
}

/** What a person can do about a refusal, the most helpful first. */
export function refusalActions(code: string): readonly RefusalAction[] {
  return refusalOf(code).actions;
}
