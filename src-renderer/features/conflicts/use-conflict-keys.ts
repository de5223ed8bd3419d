import { useEffect, useRef, type RefObject } from 'react';

/** What the keys of an open conflict do. */
export type ConflictKeys = {
  move: (step: number) => void;
  pickLeft: () => void;
  pickRight: () => void;
  allLeft: () => void;
  allRight: () => void;
  edit: () => void;
  keep: () => void;
  /** The same answer for the others that are alike. */
  all: () => void;
  clear: () => void;
  next: (step: number) => void;
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
    a: keys.all,
    A: keys.all,
    Escape: keys.clear,
    PageDown: () => keys.next(1),
    PageUp: () => keys.next(-1),
    '?': keys.help,
  };
  return actions[key];
}

/**
 * Listens to the keys of an open conflict. Text fields keep theirs, except Enter and Escape; buttons and links keep Enter, so
 * that the focused thing does what it says.
 */
export function useConflictKeys(panel: RefObject<HTMLElement | null>, keys: ConflictKeys): void {
  useKeys(panel, (key) => actionOf(keys, key));
}

/** U undoes, wherever on the screen the focus is, also when no conflict is left to choose for. */
export function useUndoKey(undo: () => void): void {
  const nowhere = useRef<HTMLElement>(null);
  useKeys(nowhere, (key) => (key === 'u' || key === 'U' ? undo : undefined));
}

function useKeys(panel: RefObject<HTMLElement | null>, action: (key: string) => (() => void) | undefined): void {
  const latest = useRef(action);
  useEffect(() => {
    latest.current = action;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target instanceof HTMLElement ? event.target : null;
      if (target !== null && belongsTo(target, panel.current, event.key)) return;
      const found = latest.current(event.key);
      if (found === undefined) return;
      event.preventDefault();
      // A key that is held down decides once: the next conflict is another decision.
      if (event.key !== 'Enter' || !event.repeat) found();
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
  const radio = target instanceof HTMLInputElement && !(panel?.contains(target) ?? false);
  return radio && key.startsWith('Arrow');
}
