import { describe, expect, it } from 'vitest';
import { endOfPause } from './pause-length.ts';

const at = (text: string) => Date.parse(`${text}+08:00`);

describe('the end of a pause', () => {
  it('is an hour away, or open', () => {
    expect(endOfPause('hour', at('2026-11-23T10:00:00'))).toBe(at('2026-11-23T11:00:00'));
    expect(endOfPause('resumed', at('2026-11-23T10:00:00'))).toBeNull();
  });

  it('is the next six o’clock in Manila, also shortly after midnight there', () => {
    expect(endOfPause('morning', at('2026-11-23T21:30:00'))).toBe(at('2026-11-24T06:00:00'));
    expect(endOfPause('morning', at('2026-11-24T00:10:00'))).toBe(at('2026-11-24T06:00:00'));
    expect(endOfPause('morning', at('2026-11-24T06:00:00'))).toBe(at('2026-11-25T06:00:00'));
  });
});
