import { describe, expect, it } from 'vitest';
import { changedBeneath, draftOf, touch, type Touched } from './live-draft.ts';

type Form = { name: string; price: string; active: boolean };
const seen: Form = { name: 'Kape Uno', price: '8.00', active: true };
const merged: Form = { name: 'Kape Dos', price: '9.00', active: false };
const nothing: Touched<Form> = {};

describe('a form over a record that changes', () => {
  it('follows the record where nobody wrote', () => {
    const touched = touch(seen, nothing, 'price', '8.50');
    expect(draftOf(merged, touched)).toEqual({ name: 'Kape Dos', price: '8.50', active: false });
    expect(changedBeneath(merged, touched, 'name')).toBe(false);
  });

  it('tells when the record changed beneath what was written, and keeps telling while it is written on', () => {
    const touched = touch(seen, nothing, 'price', '8.5');
    expect(changedBeneath(seen, touched, 'price')).toBe(false);
    expect(changedBeneath(merged, touched, 'price')).toBe(true);
    expect(changedBeneath(merged, touch(merged, touched, 'price', '8.50'), 'price')).toBe(true);
  });

  it('gives a field back that was made equal to the record again', () => {
    const touched = touch(seen, touch(seen, nothing, 'active', false), 'active', true);
    expect(touched).toEqual({});
    expect(draftOf(merged, touched).active).toBe(false);
  });

  it('has nothing to tell when another PC wrote the same', () => {
    const touched = touch(seen, nothing, 'price', '9.00');
    expect(changedBeneath(merged, touched, 'price')).toBe(false);
    expect(draftOf(merged, touched).price).toBe('9.00');
  });
});
