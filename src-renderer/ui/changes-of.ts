/** Only what differs: a field nobody touched must not overwrite what another PC changed meanwhile. */
export function changesOf<T extends object>(before: T, values: Partial<T>): Partial<T> {
  const changed = Object.entries(values).filter(([key, value]) => before[key as keyof T] !== value);
  return Object.fromEntries(changed) as Partial<T>;
}
