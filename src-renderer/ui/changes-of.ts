/** Only what was touched and differs: a field nobody touched must not overwrite what another PC changed meanwhile. */
export function changesOf<T extends object>(
  record: T,
  values: Partial<T>,
  isTouched: (name: keyof T) => boolean,
): Partial<T> {
  const names = Object.keys(values) as (keyof T)[];
  const changed = names.filter((name) => isTouched(name) && record[name] !== values[name]);
  return Object.fromEntries(changed.map((name) => [name, values[name]])) as Partial<T>;
}
