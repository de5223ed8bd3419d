import type { ScopesReport } from '#shared/contract/schemas.ts';

/** What a new choice would bring to this PC or take from it. */
export type ScopeChange =
  | { readonly kind: 'comes'; readonly name: string }
  | { readonly kind: 'goes'; readonly name: string; readonly rows: number }
  | { readonly kind: 'shorter'; readonly days: number }
  /** `days` null: everything. */
  | { readonly kind: 'longer'; readonly days: number | null };

/** How far back a window may reach, in days; null is everything. The present one is always among them. */
export function windowChoices(present: number | null): (number | null)[] {
  const usual = [30, 90, 365];
  const days = present === null || usual.includes(present) ? usual : [...usual, present].toSorted((a, b) => a - b);
  return [...days, null];
}

/** What changes when these scopes and windows are chosen instead of the present ones; nothing when they are the same. */
export function changesOf(
  { scopes, windows }: ScopesReport,
  chosen: ReadonlySet<string>,
  days: Readonly<Record<string, number | null>>,
): ScopeChange[] {
  const moved = scopes.flatMap((scope): ScopeChange[] => {
    if (scope.fixed || chosen.has(scope.scope) === scope.chosen) return [];
    const { name, rows } = scope;
    return [scope.chosen ? { kind: 'goes', name, rows } : { kind: 'comes', name }];
  });
  const windowed = windows.flatMap((window): ScopeChange[] => {
    const next = days[window.name] ?? null;
    if (next === window.days) return [];
    return [
      next !== null && (window.days === null || next < window.days)
        ? { kind: 'shorter', days: next }
        : { kind: 'longer', days: next },
    ];
  });
  return [...moved, ...windowed];
}
