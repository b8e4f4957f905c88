import { useEffect, useState } from 'preact/hooks';

/**
 * What the reader chose for the page: theme, time zone and whether it updates itself. Kept in the browser, except for the last, and
 * shared by all that shows it.
 */
const settings = new EventTarget();
const kept = (name: string): string | undefined => localStorage.getItem(name) ?? undefined;

const chosen = new Map<string, string>(
  ['theme', 'zone'].flatMap((name) => {
    const value = kept(name);
    return value === undefined ? [] : [[name, value] as const];
  }),
);

/** The value of a setting and how to change it; every part of the page that uses it renders again. */
export function useSetting<Value extends string>(
  name: string,
  values: readonly [Value, ...Value[]],
  isKept = true,
): readonly [Value, (value: Value) => void] {
  const [, render] = useState(0);
  useEffect(() => {
    const changed = () => render((before) => before + 1);
    settings.addEventListener(name, changed);
    return () => settings.removeEventListener(name, changed);
  }, [name]);
  const value = values.find((one) => one === chosen.get(name)) ?? values[0];
  const choose = (next: Value) => {
    chosen.set(name, next);
    if (isKept) localStorage.setItem(name, next);
    settings.dispatchEvent(new Event(name));
  };
  return [value, choose];
}

/** Whether the reader paused the updates of the page. */
export const isHeld = (): boolean => chosen.get('updates') === 'paused';
export const useUpdates = () => useSetting('updates', ['live', 'paused'], false);

/** The time zone of every time on the page. */
export const useZone = () => useSetting('zone', ['UTC', 'local']);
/** The IANA name of the zone that was chosen. */
export const zoneName = (): string =>
  chosen.get('zone') === 'local' ? Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC';

const TICK_MS = 1_000;
const clocks = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

/** The time now, in milliseconds; renders again each second. One timer serves the page. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const tick = () => setNow(Date.now());
    clocks.add(tick);
    ticking ??= setInterval(() => {
      if (!document.hidden) for (const clock of clocks) clock();
    }, TICK_MS);
    return () => {
      clocks.delete(tick);
      if (clocks.size > 0) return;
      clearInterval(ticking);
      ticking = undefined;
    };
  }, []);
  return now;
}
