import { en } from './en.ts';

/** A sentence, or one sentence per plural form chosen by the value `n`. */
export type Entry = string | { readonly one: string; readonly other: string };

type Placeholders<S extends string> = S extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;
type TextsOf<E> = E extends string
  ? E
  : E extends { one: infer A extends string; other: infer B extends string }
    ? A | B
    : never;
type NamesOf<K extends TextKey> = Placeholders<TextsOf<(typeof en)[K]>> | ((typeof en)[K] extends string ? never : 'n');

/** The key of a whole sentence in the catalogue. */
export type TextKey = keyof typeof en;
type Values<K extends TextKey> = [NamesOf<K>] extends [never] ? [] : [Record<NamesOf<K>, string | number>];

/** Keys of sentences that need no values: what a table of labels may name. */
export type PlainKey = { [K in TextKey]: [NamesOf<K>] extends [never] ? K : never }[TextKey];

const locale = 'en-PH';
const plural = new Intl.PluralRules(locale);
const number = new Intl.NumberFormat(locale);

/** Fills a sentence: chooses the plural form by `n`, writes numbers in the reader's way, leaves text as it is. */
export function fill(entry: Entry, values: Readonly<Record<string, string | number>>): string {
  const text =
    typeof entry === 'string' ? entry : plural.select(Number(values['n'])) === 'one' ? entry.one : entry.other;
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? number.format(value) : value;
  });
}

/** The sentence of a key in the reader's language. Keys and the names of their values are checked by the compiler. */
export function t<K extends TextKey>(key: K, ...values: Values<K>): string {
  return fill(en[key], values[0] ?? {});
}
