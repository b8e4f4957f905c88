import { useEffect } from 'preact/hooks';
import { addressOf, goTo } from '../data/route.ts';

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 };
/** The link or button of a row that the keys go to. */
const ROWS = 'main tbody tr [data-row]';
const SEARCH_FIELD = ':is(input[type=search], input[role=combobox])';
const RESTORE_MS = 3_000;

/** The keys of the page, for its help. */
export const KEYS: readonly (readonly [string, string])[] = [
  ['Ctrl K or ⌘ K', 'Go to a view, an order, a user or a dead letter'],
  ['/', 'Go to the search field of the view'],
  ['j or ↓', 'Next row; from the search field, its suggestions, then the first hit'],
  ['k or ↑', 'Previous row'],
  ['Enter', 'Open'],
  ['Esc', 'Close the dialog, the suggestions or the side panel'],
  ['?', 'Show this help'],
];

interface KeyActions {
  readonly openPalette: () => void;
  readonly openHelp: () => void;
}

/** Handles the keys of the page. A dialog has keys of its own. */
export function useKeys(actions: KeyActions): void {
  const { openPalette, openHelp } = actions;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const hasModifier = event.ctrlKey || event.metaKey;
      const isPaletteKey = hasModifier && event.key.toLowerCase() === 'k';
      if (isPaletteKey) event.preventDefault();
      if (document.querySelector('dialog[open]') !== null) return;
      if (isPaletteKey) openPalette();
      else if (!hasModifier && !event.altKey) onPlainKey(event, openHelp);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [openPalette, openHelp]);
}

function onPlainKey(event: KeyboardEvent, openHelp: () => void): void {
  if (isTyping(event.target)) {
    // The suggestions of a field have the key first.
    if (event.key === 'ArrowDown' && isSearchField(event.target) && !event.defaultPrevented) moveFocus(event);
  } else if (event.key === '/') focusSearch(event);
  else if (event.key === '?') openHelp();
  else if (event.key === 'Escape') closePanel(event);
  else moveFocus(event);
}

function focusSearch(event: KeyboardEvent): void {
  event.preventDefault();
  const field = document.querySelector<HTMLInputElement>(`main ${SEARCH_FIELD}`);
  if (field === null) goTo(addressOf(['orders'], { focus: 'search' }));
  else field.focus();
}

function closePanel(event: KeyboardEvent): void {
  const close = document.querySelector<HTMLElement>('[data-close-panel]');
  if (close === null) return;
  event.preventDefault();
  close.click();
}

/** Moves the focus up and down the rows of the tables. While a side panel is open, the next row is opened in it. */
function moveFocus(event: KeyboardEvent): void {
  const step = STEPS[event.key];
  const rows = [...document.querySelectorAll<HTMLElement>(ROWS)].filter((row) => row.offsetParent !== null);
  if (step === undefined || rows.length === 0) return;
  const { activeElement } = document;
  const current = activeElement?.closest('tr')?.querySelector<HTMLElement>('[data-row]') ?? openRow(rows);
  const at = current === null || current === undefined ? -1 : rows.indexOf(current);
  const next = at === -1 ? rows[step === 1 ? 0 : rows.length - 1] : rows[at + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
  if (openRow(rows) !== undefined && next.closest('table')?.querySelector('tr[aria-current]') !== null)
    next.click();
}

const openRow = (rows: readonly HTMLElement[]): HTMLElement | undefined =>
  rows.find((row) => row.closest('tr[aria-current]') !== null);

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches('input:not([type=checkbox]), select, textarea');
const isSearchField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches(SEARCH_FIELD);

const focusedIn = new Map<string, string>();

/** Remembers which link of the page at `address` has the focus, for when the reader returns to it. */
export function rememberFocus(address: string): void {
  const href = document.activeElement?.closest('main a')?.getAttribute('href');
  if (typeof href === 'string') focusedIn.set(address, href);
}

/** Gives the focus to the link that had it when the page at `address` was left, once it is there; to `fallback` before. */
export function restoreFocus(address: string, fallback: HTMLElement | null): () => void {
  const href = focusedIn.get(address);
  // The view may have given the focus to its search field.
  if (fallback?.contains(document.activeElement) === false)
    fallback.focus({ preventScroll: href !== undefined });
  const { activeElement: first } = document;
  if (href === undefined) return () => {};
  focusedIn.delete(address);
  const look = () => {
    const link = [...document.querySelectorAll<HTMLElement>('main a')].find(
      (one) => one.getAttribute('href') === href,
    );
    if (link === undefined) return;
    stop();
    // The reader may be elsewhere by now.
    if (document.activeElement === first || document.activeElement === document.body) link.focus();
  };
  const changes = new MutationObserver(look);
  const timer = setTimeout(() => stop(), RESTORE_MS);
  const stop = () => {
    changes.disconnect();
    clearTimeout(timer);
    removeEventListener('input', stop);
  };
  addEventListener('input', stop);
  changes.observe(document.body, { childList: true, subtree: true });
  look();
  return stop;
}
