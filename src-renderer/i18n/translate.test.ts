import { describe, expect, it } from 'vitest';
import { en } from './en.ts';
import { fill, t } from './translate.ts';

describe('sentences', () => {
  it('choose the plural form and write numbers with separators', () => {
    expect(t('state.offline', { n: 1 })).toBe('Offline. You can keep selling. 1 change waits to be sent.');
    expect(t('state.offline', { n: 12_000 })).toBe('Offline. You can keep selling. 12,000 changes wait to be sent.');
  });

  it('put values in by name and leave texts as they are', () => {
    expect(t('nav.place', { store: 'Tindahan {n}', device: 'Counter 1' })).toBe('Tindahan {n} · Counter 1');
  });

  it('show a missing value instead of hiding it', () => {
    expect(fill('{a} and {b}', { a: 1 })).toBe('1 and {b}');
  });

  it('have the same values in both plural forms, and no empty text', () => {
    const names = (text: string): string[] =>
      [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').toSorted();
    const wrong = Object.entries(en).filter(([, entry]) =>
      typeof entry === 'string' ? entry.trim() === '' : names(entry.one).join() !== names(entry.other).join(),
    );
    expect(wrong).toEqual([]);
  });
});
