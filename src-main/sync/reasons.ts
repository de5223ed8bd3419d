/** Why the cloud refused something, in words for the operator. */

/** The sentence for a refusal; `message` is the database's own text, kept for what no sentence is written for. */
export function refusalReason(code: string, message: string, constraint: string | null | undefined): string {
  switch (code) {
    case '23503':
      return `It refers to a record that the cloud does not have (${constraint ?? 'unknown'}). Send that record first, or discard this.`;
    case '23505':
      return 'The cloud already has another record with the same number.';
    case '23514':
      return `A value is not allowed there: ${(constraint ?? message).replaceAll('_', ' ')}.`;
    case '23502':
      return 'A value that must be filled in is missing.';
    case '42501':
      return 'This PC may not change this record. Only the office can.';
    case '42P01':
    case '42703':
      return 'The cloud does not know this kind of record yet. It has to be updated first; retry afterwards.';
    case 'PF409':
      return 'Somebody else changed this record after it was deleted here. Discard to see the new state.';
    case 'PF410':
      return 'This record was deleted on another PC or in the office. Discard to follow that.';
    default:
      return code.startsWith('22') ? `A value cannot be understood there: ${message}` : message;
  }
}

export const heldReason = 'It changes the same record as something that was refused. It waits until that is settled.';
