/**
 * The choice that stands for the panel when it takes the focus: the one picked in the current row, else its first. From there
 * every key of the screen works, and Enter decides instead of following a link.
 */
export function focusChoice(panel: HTMLElement | null): void {
  const row = panel?.querySelector('tr[data-current]');
  const choice =
    row?.querySelector<HTMLInputElement>('input[type=radio]:checked') ??
    row?.querySelector<HTMLInputElement>('input[type=radio]');
  choice?.focus({ preventScroll: true });
}

/** Whether the focus is on a choice of this panel, or on the text of a person's own value. */
export function isInFields(panel: HTMLElement | null): boolean {
  const active = document.activeElement;
  return active instanceof HTMLInputElement && (panel?.contains(active) ?? false);
}
