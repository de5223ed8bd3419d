import { useState } from 'react';

/** What a person wrote into fields of a form, and what stood in the record when they began to. */
export type Touched<D> = { readonly [K in keyof D]?: { readonly value: D[K]; readonly from: D[K] } };

/** The form as it is shown: the record as it stands now, with what was touched above it. */
export function draftOf<D extends object>(current: D, touched: Touched<D>): D {
  const values = Object.entries(touched).map(([name, one]) => [name, (one as { value: unknown }).value]);
  return { ...current, ...(Object.fromEntries(values) as Partial<D>) };
}

/** A person writes a value. What they make equal to the record again follows the record again. */
export function touch<D extends object, K extends keyof D>(
  current: D,
  touched: Touched<D>,
  name: K,
  value: D[K],
): Touched<D> {
  const { [name]: before, ...others } = touched;
  if (value === current[name]) return others as Touched<D>;
  const from = before === undefined ? current[name] : before.from;
  return { ...others, [name]: { value, from } };
}

/** Whether the record got another value in a field while a person was writing into it. */
export function changedBeneath<D extends object>(current: D, touched: Touched<D>, name: keyof D): boolean {
  const one = touched[name];
  return one !== undefined && one.from !== current[name] && one.value !== current[name];
}

/** A form over a record that may change meanwhile: untouched fields follow it, touched ones stay and tell. */
export type LiveDraft<D> = {
  readonly draft: D;
  readonly isTouched: (name: keyof D) => boolean;
  readonly write: <K extends keyof D>(name: K, value: D[K]) => void;
  readonly isChangedBeneath: (name: keyof D) => boolean;
  /** Gives a field back to the record. */
  readonly take: (name: keyof D) => void;
};

/** Keeps what a person wrote apart from the record, `current`, which is the form of the record as it stands now. */
export function useLiveDraft<D extends object>(current: D): LiveDraft<D> {
  const [touched, setTouched] = useState<Touched<D>>({});
  return {
    draft: draftOf(current, touched),
    isTouched: (name) => touched[name] !== undefined,
    write: (name, value) => setTouched((before) => touch(current, before, name, value)),
    isChangedBeneath: (name) => changedBeneath(current, touched, name),
    take: (name) => setTouched((before) => touch(current, before, name, current[name])),
  };
}
