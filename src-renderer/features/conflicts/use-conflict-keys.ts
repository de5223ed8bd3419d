import { useEffect, useRef, type RefObject } from 'react';

/** What the keys of the conflict screen do. */
export type ConflictKeys = {
  move: (step: number) => void;
  pickLeft: () => void;
  pickRight: () => void;
  allLeft: () => void;
  allRight: () => void;
  edit: () => void;
  keep: () => void;
  clear: () => void;
  next: (step: number) => void;
  undo: () => void;
  help: () => void;
};

/** The action of a key; undefined where the key belongs to somebody else. Exported for its test. */
export function actionOf(keys: ConflictKeys, key: string): (() => void) | undefined {
  const actions: Readonly<Record<string, () => void>> = {
    ArrowUp: () => keys.move(-1),
    ArrowDown: () => keys.move(1),
    ArrowLeft: keys.pickLeft,
    ArrowRight: keys.pickRight,
    '1': keys.allLeft,
    '2': keys.allRight,
    e: keys.edit,
    E: keys.edit,
    Enter: keys.keep,
    Escape: keys.clear,
    PageDown: () => keys.next(1),
    PageUp: () => keys.next(-1),
    u: keys.undo,
    U: keys.undo,
    '?': keys.help,
  };
  return actions[key];
}

/**
 * Listens to the screen's keys. Text fields keep theirs, except Enter and Escape; buttons and links outside of the panel keep
 * Enter, so that the focused thing does what it says.
 */
export function useConflictKeys(panel: RefObject<HTMLElement | null>, keys: ConflictKeys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target instanceof HTMLElement ? event.target : null;
      if (target !== null && belongsTo(target, panel.current, event.key)) return;
      const action = actionOf(latest.current, event.key);
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [panel]);
}

function belongsTo(target: HTMLElement, panel: HTMLElement | null, key: string): boolean {
  if (target.closest('[role=dialog]') !== null) return true;
  const typing = target instanceof HTMLInputElement && target.type === 'text';
  if (typing) return key !== 'Enter' && key !== 'Escape' && key !== 'ArrowUp' && key !== 'ArrowDown';
  if (key === 'Enter' || key === ' ') return target.closest('button, a') !== null;
  // Radio groups elsewhere (the filter, the colours) keep their arrows.
  return target instanceof HTMLInputElement && !(panel?.contains(target) ?? false);
}
