import { z } from 'zod';

/**
 * The closed set of expected failures, each with what the operator reads and what they can do.
 * `retryable` says whether the same call can succeed later without anybody changing something.
 */
export const errorTexts = {
  'bad-input': {
    message: 'Something in this request is not valid.',
    action: 'Correct it and try again.',
    retryable: false,
  },
  'not-found': { message: 'This record is not here any more.', action: 'Refresh the list.', retryable: false },
  'not-enrolled': {
    message: 'This PC does not belong to a store yet. You can keep working; nothing is sent.',
    action: 'Enrol this PC with a code from your supervisor.',
    retryable: false,
  },
  'code-refused': {
    message: 'This enrolment code is wrong, used or too old.',
    action: 'Ask your supervisor for a new code.',
    retryable: false,
  },
  'sign-in-refused': {
    message: 'This email or password is wrong, or the account is closed.',
    action: 'Try again, or ask your supervisor.',
    retryable: false,
  },
  'not-granted': {
    message: 'This PC may not keep that data.',
    action: 'Ask your supervisor to allow it for this PC.',
    retryable: false,
  },
  offline: {
    message: 'The cloud cannot be reached. You can keep working; changes wait on this PC.',
    action: 'Check the network cable or Wi-Fi. Sending starts again by itself.',
    retryable: true,
  },
  'cloud-busy': {
    message: 'The cloud is busy. Changes wait on this PC.',
    action: 'Nothing to do: sending starts again by itself.',
    retryable: true,
  },
  'cloud-rude': {
    message: 'Something answered in place of the cloud, often the login page of a public Wi-Fi.',
    action: 'Open a web browser and sign in to the network, or use another one.',
    retryable: true,
  },
  'sign-in-expired': {
    message: 'The cloud no longer accepts the sign-in of this PC. Changes wait on this PC.',
    action: 'Enrol this PC again with a code from your supervisor.',
    retryable: false,
  },
  revoked: {
    message: 'This PC was removed from the store. Nothing is sent or received any more.',
    action: 'Ask your supervisor. Unsent changes stay on this PC.',
    retryable: false,
  },
  forked: {
    message:
      'The data on this PC is a copy of another PC, or an older backup. Sending stopped so that nothing is doubled.',
    action: 'Ask your supervisor to enrol this PC again.',
    retryable: false,
  },
  'update-needed': {
    message: 'The cloud speaks a newer version. Changes wait on this PC.',
    action: 'Update Pulser Field.',
    retryable: false,
  },
  'sync-broken': {
    message: 'Synchronisation met something it does not understand and stopped.',
    action: 'Export the diagnostics and send them to support. You can keep working.',
    retryable: true,
  },
  internal: {
    message: 'The app met a fault and did not do this. What was saved before is still there.',
    action: 'Try again. If it happens again, restart Pulser Field and tell support what you did.',
    retryable: true,
  },
  paused: { message: 'Synchronisation is paused.', action: 'Resume it.', retryable: false },
  'file-unreadable': {
    message: 'This file cannot be read.',
    action: 'Check that it exists and is not open elsewhere.',
    retryable: false,
  },
  'file-unwritable': {
    message: 'This file cannot be written.',
    action: 'Check that the stick is in its place, not locked, and not full.',
    retryable: true,
  },
  'bundle-empty': {
    message: 'Nothing waits on this PC that a bundle could carry.',
    action: 'Nothing to do. What was refused, or waits for an update, stays in the queue.',
    retryable: false,
  },
  'bundle-connect-first': {
    message: 'This PC has to reach the cloud once before it can export a bundle.',
    action: 'Connect it to the network for a moment, then export.',
    retryable: false,
  },
  'not-a-bundle': {
    message: 'This file is neither a change bundle nor an answer to one.',
    action: 'Choose a file that ends in .pulserbundle or .pulseranswer.',
    retryable: false,
  },
  'file-newer': {
    message: 'This file was written by a newer Pulser Field.',
    action: 'Update Pulser Field on this PC.',
    retryable: false,
  },
  'bundle-damaged': {
    message: 'This file is damaged, incomplete, or was changed. Nothing of what is damaged was used.',
    action: 'Copy it again, or export a new bundle on the PC it came from. Nothing is lost.',
    retryable: false,
  },
  'bundle-unknown': {
    message: 'The cloud does not know the PC that this bundle is from. Nothing of it was taken.',
    action: 'Check that it comes from a PC of this chain.',
    retryable: false,
  },
  'bundle-revoked': {
    message: 'The PC that this bundle is from was removed from its store. Nothing of it was taken.',
    action: 'Ask your supervisor. The changes are still on that PC.',
    retryable: false,
  },
  'bundle-epoch': {
    message: 'The cloud was moved or set back after this bundle was made. Nothing of it was taken.',
    action: 'Connect that PC to the network once. The changes are still on it.',
    retryable: false,
  },
  'bundle-gap': {
    message: 'Changes that came before this bundle are missing in the cloud. Nothing of it was taken.',
    action: 'Import earlier bundles of that PC first, or connect it to the network.',
    retryable: false,
  },
  'bundle-forked': {
    message: 'The cloud has gone on since this bundle: it came long ago, or that PC goes on as another one.',
    action: 'Connect that PC to the network. It sends what is missing by itself, and nothing twice.',
    retryable: false,
  },
  'bundle-too-large': {
    message: 'A single change in this bundle is too large for the cloud. What came before it was taken.',
    action: 'Connect that PC to the network. Its queue will say which change it is.',
    retryable: false,
  },
  'answer-other': {
    message: 'This answer is for another PC, or for a bundle that this one does not remember.',
    action: 'Take it to the PC that exported the bundle.',
    retryable: false,
  },
  'answer-old': {
    message: 'This answer does not fit what waits on this PC any more. Nothing of it was used.',
    action: 'Nothing to do: what waits is sent again, and nothing twice.',
    retryable: false,
  },
  'file-not-table': {
    message: 'This file does not look like a table of sales.',
    action: 'Choose a CSV file, or one with a basket on each line.',
    retryable: false,
  },
  'mapping-incomplete': {
    message: 'Some columns that an import needs are not chosen.',
    action: 'Choose a column for each of them.',
    retryable: false,
  },
  'import-running': {
    message: 'Another import is still running.',
    action: 'Wait for it, or cancel it.',
    retryable: true,
  },
  'moved-on': {
    message: 'This record has changed since it was shown.',
    action: 'Look at the new state and choose again.',
    retryable: false,
  },
  'disk-full': {
    message: 'The disk is full. This was not saved.',
    action: 'Free some space, then do it again.',
    retryable: true,
  },
  'disk-unwritable': {
    message: 'The disk cannot be written. This was not saved.',
    action: 'Check the disk, its free space and quota, and that the files of the store are not read-only.',
    retryable: true,
  },
  'database-locked': {
    message: 'Another program holds the store file.',
    action: 'Close the other program (or a second Pulser Field) and try again.',
    retryable: true,
  },
  'database-corrupt': {
    message: 'The store file is damaged. It was left as it is.',
    action: 'Restore a backup, or ask support. Do not delete the file.',
    retryable: false,
  },
  'database-key': {
    message: 'The key does not open the store file. It was left as it is.',
    action: 'Sign in as the user who set this PC up, or ask support.',
    retryable: false,
  },
  'database-newer': {
    message: 'The store file was written by a newer Pulser Field.',
    action: 'Update Pulser Field.',
    retryable: false,
  },
  'port-taken': {
    message: 'Another program uses this port, so assistants cannot connect.',
    action: 'Close the other program, or choose another port under Services and tell your assistants the new address.',
    retryable: true,
  },
  'host-gone': {
    message: 'The part of the app that keeps the data stopped.',
    action: 'Restart Pulser Field.',
    retryable: true,
  },
} as const satisfies Record<string, { message: string; action: string; retryable: boolean }>;

/** The name of an expected failure. */
export type ErrorCode = keyof typeof errorTexts;

export const errorCodes = Object.keys(errorTexts) as [ErrorCode, ...ErrorCode[]];

/** An expected failure as it crosses the contract. `detail` names the field, line or value in question. */
export const appErrorSchema = z.strictObject({
  code: z.enum(errorCodes),
  message: z.string(),
  action: z.string(),
  retryable: z.boolean(),
  detail: z.string().optional(),
});
export type AppError = z.infer<typeof appErrorSchema>;

/** Builds the failure of a code with its exact wording. */
export function appError(code: ErrorCode, detail?: string): AppError {
  return { code, ...errorTexts[code], ...(detail === undefined ? {} : { detail }) };
}
