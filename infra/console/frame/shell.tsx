import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { addressOf, type Route, routeOf, useRoute, VIEWS } from '../data/route.ts';
import { useSetting } from '../data/settings.ts';
import { Status, useStatusResponse } from '../data/status.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ActivityLog } from '../views/activity.tsx';
import { ActionDialogs } from '../views/dead-letters/actions.tsx';
import { DeadLetters } from '../views/dead-letters/dead-letters.tsx';
import { NotFound } from '../views/not-found.tsx';
import { Order } from '../views/order/order.tsx';
import { Orders } from '../views/order/orders.tsx';
import { Overview } from '../views/overview/overview.tsx';
import { Runbook } from '../views/runbook.tsx';
import { Stock } from '../views/stock.tsx';
import { KEYS, rememberFocus, restoreFocus, useKeys } from './keys.ts';
import { Palette } from './palette.tsx';
import { Rail } from './rail.tsx';

/** The frame around every view: the rail, the keys, and the focus from one view to the next. */
export function Shell() {
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const status = useStatusResponse();
  const [opened, setOpened] = useState<'palette' | 'help' | undefined>();
  const close = useCallback(() => setOpened(undefined), []);
  const openPalette = useCallback(() => setOpened('palette'), []);
  const openHelp = useCallback(() => setOpened('help'), []);
  useKeys({ openPalette, openHelp });
  useTheme();
  useFocus(route, main);
  return (
    <Status.Provider value={status}>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <Rail view={route.view} openPalette={openPalette} openHelp={openHelp} />
      <main id="main" tabIndex={-1} ref={main}>
        <ActionDialogs key={route.view}>
          <View route={route} />
        </ActionDialogs>
      </main>
      {opened === 'palette' && <Palette close={close} />}
      {opened === 'help' && (
        <Dialog title="Keys" close={close}>
          <dl class="keys">
            {KEYS.map(([keys, what]) => (
              <div key={keys}>
                <dt>
                  <kbd>{keys}</kbd>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </Dialog>
      )}
    </Status.Provider>
  );
}

function View({ route: { view, rest, query } }: { readonly route: Route }) {
  const [first, second] = rest;
  switch (view) {
    case 'overview':
      return <Overview />;
    case 'orders':
      return first !== undefined && second !== undefined ? (
        <Order key={second} userId={first} orderId={second} />
      ) : (
        <Orders query={query} />
      );
    case 'dead-letters':
      return <DeadLetters query={query} opened={first} />;
    case 'stock':
      return <Stock query={query} />;
    case 'activity':
      return <ActivityLog />;
    case 'runbook':
      return <Runbook section={first} />;
    default:
      return <NotFound what={`There is no view named ${view}.`} />;
  }
}

/** The title and the focus follow the address. A side panel is no other place: its view keeps the focus. */
function useFocus(route: Route, main: { readonly current: HTMLElement | null }): void {
  const isPanel = route.view === 'dead-letters';
  const place = isPanel ? route.view : [route.view, ...route.rest].join('/');
  const last = useRef<string | undefined>(undefined);
  useEffect(() => {
    const name = VIEWS.find(({ view }) => view === route.view)?.name ?? 'Not found';
    const [id] = route.rest.slice(-1);
    document.title = `${id === undefined ? name : `${id} · ${name}`} · order-stream`;
  }, [route]);
  useEffect(() => {
    const isFirst = last.current === undefined;
    last.current = place;
    // An effect may be late: the address in the window may be that of the next page by then.
    const stop = isFirst ? undefined : restoreFocus(hereOf(route), main.current);
    const leave = () => rememberFocus(hereOf(routeOf(location.hash)));
    // The link still has the focus when it is followed.
    document.addEventListener('click', leave, true);
    return () => {
      stop?.();
      document.removeEventListener('click', leave, true);
    };
  }, [place]);
}

const hereOf = ({ view, rest, query }: Route): string => addressOf([view, ...rest], query);

function useTheme(): void {
  const [theme] = useSetting('theme', ['system', 'light', 'dark']);
  useEffect(() => {
    const root = document.documentElement;
    if (theme === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = theme;
  }, [theme]);
}
