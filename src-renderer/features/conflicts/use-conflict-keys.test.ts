import { expect, it, vi } from 'vitest';
import { actionOf, type ConflictKeys } from './use-conflict-keys.ts';

function keys() {
  return {
    move: vi.fn<ConflictKeys['move']>(),
    pickLeft: vi.fn<() => void>(),
    pickRight: vi.fn<() => void>(),
    allLeft: vi.fn<() => void>(),
    allRight: vi.fn<() => void>(),
    edit: vi.fn<() => void>(),
    keep: vi.fn<() => void>(),
    all: vi.fn<() => void>(),
    clear: vi.fn<() => void>(),
    next: vi.fn<ConflictKeys['next']>(),
    help: vi.fn<() => void>(),
  } satisfies ConflictKeys;
}

it('gives each key its one action and leaves the others alone', () => {
  const all = keys();
  for (const key of ['1', '2', 'e', 'a', 'Enter', 'Escape', '?', 'ArrowLeft', 'ArrowRight']) actionOf(all, key)?.();
  const once = [
    all.allLeft,
    all.allRight,
    all.edit,
    all.all,
    all.keep,
    all.clear,
    all.help,
    all.pickLeft,
    all.pickRight,
  ];
  for (const one of once) expect(one).toHaveBeenCalledTimes(1);
  actionOf(all, 'ArrowUp')?.();
  actionOf(all, 'ArrowDown')?.();
  expect(all.move.mock.calls).toEqual([[-1], [1]]);
  actionOf(all, 'PageDown')?.();
  expect(all.next).toHaveBeenCalledWith(1);
  expect(actionOf(all, 'x')).toBeUndefined();
});
