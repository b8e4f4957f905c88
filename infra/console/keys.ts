const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

/** Moves the focus up and down the rows of a table, from the link or button of one to that of the next. */
export function moveFocus(event: KeyboardEvent): void {
  const step = STEPS[event.key];
  const rows = [...document.querySelectorAll<HTMLElement>('tbody tr :is(a, button):first-of-type')];
  if (step === undefined || rows.length === 0) return;
  const { activeElement } = document;
  const at = activeElement instanceof HTMLElement ? rows.indexOf(activeElement) : -1;
  const next = at === -1 ? rows[step === 1 ? 0 : rows.length - 1] : rows[at + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
