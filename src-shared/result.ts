/** The outcome of something that can fail in an expected way. Unexpected failures are thrown: they are bugs. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/** Wraps a value as success. */
export function ok<T>(value: T): { ok: true; value: T } {
  return { ok: true, value };
}

/** Wraps an expected failure. */
export function fail<E>(error: E): { ok: false; error: E } {
  return { ok: false, error };
}

/** Makes the compiler prove that every member of a union was handled; throws if data from outside slipped through. */
export function assertNever(value: never): never {
  throw new Error(`Unhandled case: ${JSON.stringify(value)}`);
}
