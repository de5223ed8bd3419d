import type { z } from 'zod';
import type { AppError } from '#shared/contract/errors.ts';
import { appError } from '#shared/contract/errors.ts';
import type { Result } from '#shared/result.ts';
import { fail, ok } from '#shared/result.ts';

/** Writes the sort key of a page's last row as the opaque text that asks for the next page. */
export function writeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** Reads a cursor back; null without one. Fails with `bad-input` when the text is not a cursor of this shape. */
export function readCursor<T extends z.ZodType>(
  text: string | undefined,
  shape: T,
): Result<z.output<T> | null, AppError> {
  if (text === undefined) return ok(null);
  const parsed = shape.safeParse(parseJson(Buffer.from(text, 'base64url').toString('utf8')));
  return parsed.success ? ok(parsed.data) : fail(appError('bad-input', 'cursor'));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is not a cursor: the shape refuses `undefined`.
    return undefined;
  }
}
