import { useMemo } from 'preact/hooks';
import * as z from 'zod';
import type { SystemStatus } from '../../../contracts/api/status.ts';
import { addressOf, VIEWS } from '../data/route.ts';
import { useSetting, useZone } from '../data/settings.ts';
import { openNumbers, toneOfVerdict, useStatus, VERDICT_WORDS } from '../data/status.ts';
import { useResponse } from '../data/use-response.ts';
import { Pill } from '../parts/basic.tsx';
import { count } from '../parts/format.ts';

const Served = z.object({ title: z.string(), version: z.string() });

/** The rail: where one is, how the system is, the views, and how the page looks. */
export function Rail({
  view,
  openPalette,
  openHelp,
}: {
  readonly view: string;
  readonly openPalette: () => void;
  readonly openHelp: () => void;
}) {
  const { value: served } = useResponse('/console', Served);
  const { value: status, failure } = useStatus();
  const [zone, setZone] = useZone();
  const [theme, setTheme] = useSetting('theme', ['system', 'light', 'dark']);
  const numbers = openNumbers(status);
  return (
    <header class="rail">
      <div class="rail-head">
        <p class="name">order-stream</p>
        <p class="env">
          {served === undefined ? '…' : `${served.title} · v${served.version}`}{' '}
          <label>
            <span class="unseen">Time zone</span>
            <select value={zone} onChange={({ currentTarget }) => setZone(zoneFrom(currentTarget.value))}>
              <option value="UTC">UTC</option>
              <option value="local">{localZone()}</option>
            </select>
          </label>
        </p>
        <a class="verdict" href={addressOf(['overview'])} aria-label={verdictLabel(status?.verdict, failure)}>
          {status === undefined || failure !== undefined ? (
            <Pill tone="warn">Not known</Pill>
          ) : (
            <Pill tone={toneOfVerdict[status.verdict]}>{VERDICT_WORDS[status.verdict]}</Pill>
          )}
        </a>
        <Announced status={status} failure={failure} />
      </div>
      <nav aria-label="Views">
        {VIEWS.map(({ view: one, name }) => (
          <a key={one} href={addressOf([one])} aria-current={one === view ? 'page' : undefined}>
            {name}
            {one === 'dead-letters' && numbers !== undefined && numbers.open > 0 && (
              <span class="count bad">
                {count(numbers.open)}
                {numbers.plus}
              </span>
            )}
            {one === 'dead-letters' && status !== undefined && numbers === undefined && (
              <span class="count">not known</span>
            )}
          </a>
        ))}
      </nav>
      <div class="rail-foot">
        <button type="button" class="small" onClick={openPalette} aria-keyshortcuts="Control+K Meta+K">
          <kbd>⌘K</kbd> go to
        </button>
        <button type="button" class="small" onClick={openHelp} aria-keyshortcuts="?">
          <kbd>?</kbd> keys
        </button>
        <label>
          <span class="unseen">Theme</span>
          <select value={theme} onChange={({ currentTarget }) => setTheme(themeFrom(currentTarget.value))}>
            <option value="system">System</option>
            <option value="light">Light</option>
            <option value="dark">Dark</option>
          </select>
        </label>
      </div>
    </header>
  );
}

/** Has a screen reader read out what is wrong, in each view. Its element stays: only what changes within one is read out. */
function Announced({
  status,
  failure,
}: {
  readonly status: SystemStatus | undefined;
  readonly failure: string | undefined;
}) {
  const ids = status?.problems.map(({ id }) => id).join();
  // A title may have a time that counts up: it is read out once.
  const words = useMemo(() => {
    if (failure !== undefined) return NOT_KNOWN;
    if (status === undefined) return '';
    return [VERDICT_WORDS[status.verdict], ...status.problems.map(({ title }) => title)].join('. ');
  }, [failure === undefined, status?.verdict, ids]);
  return (
    <p class="unseen" role="status">
      {words}
    </p>
  );
}

const NOT_KNOWN = 'The state of the system is not known';
const zoneFrom = (value: string) => (value === 'local' ? 'local' : 'UTC');
const themeFrom = (value: string) => (value === 'light' || value === 'dark' ? value : 'system');
const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

const verdictLabel = (
  verdict: keyof typeof VERDICT_WORDS | undefined,
  failure: string | undefined,
): string =>
  verdict === undefined || failure !== undefined
    ? NOT_KNOWN
    : `State of the system: ${VERDICT_WORDS[verdict]}`;
