import type { AppError } from '#shared/contract/errors.ts';
import type { Failure } from './failure-page.ts';

/** What support needs beside the words for the operator. */
export type Circumstances = { readonly dataDir: string; readonly versions: Readonly<Record<string, string>> };

function details(lines: readonly string[], where: Circumstances): string[] {
  const versions = Object.entries(where.versions).map(([name, version]) => `${name} ${version}`);
  return [...lines, `Data folder: ${where.dataDir}`, versions.join(', ')];
}

/** The configuration cannot be used. */
export function configurationFailure(problems: readonly string[], where: Circumstances): Failure {
  return {
    title: 'Pulser Field cannot start with this configuration',
    message: problems.length === 1 ? 'One setting needs correcting.' : `${problems.length} settings need correcting.`,
    problems,
    action: 'Correct what is named above, then start again.',
    details: details(['Code: configuration', ...problems], where),
  };
}

/** The store cannot be opened, or the part that keeps the data has ended. */
export function errorFailure(error: AppError, where: Circumstances): Failure {
  return {
    title: error.code === 'host-gone' ? 'Pulser Field has stopped' : 'Pulser Field cannot open its store',
    message: error.message,
    problems: [],
    action: error.action,
    details: details([`Code: ${error.code}`, ...(error.detail === undefined ? [] : [error.detail])], where),
  };
}

/** The window crashed again and again. */
export function windowFailure(reason: string, where: Circumstances): Failure {
  return {
    title: 'The window of Pulser Field keeps failing',
    message: 'Your data is kept by another part of the app, which is still well.',
    problems: [],
    action: 'Start again. If it comes back, restart this PC and tell support.',
    details: details([`Window: ${reason}`], where),
  };
}
