import { useEffect, useRef } from 'preact/hooks';
import * as z from 'zod';
import { moveFocus } from './keys.ts';
import { addressOf, type Route, useRoute } from './route.ts';
import { ThemeChoice } from './theme.tsx';
import { useResponse } from './use-response.ts';
import { DeadLetter } from './views/dead-letter.tsx';
import { DeadLetters } from './views/dead-letters.tsx';
import { Orders } from './views/orders.tsx';
import { Stock } from './views/stock.tsx';
import { Throughput } from './views/throughput.tsx';
import { Timeline } from './views/timeline.tsx';

const VIEWS = [
  { view: 'throughput', name: 'Throughput' },
  { view: 'orders', name: 'Orders' },
  { view: 'dead-letters', name: 'Dead letters' },
  { view: 'stock', name: 'Stock' },
];
const Served = z.object({ title: z.string() });

/** The frame around every view. `/` goes to the search, from wherever. */
export function Shell() {
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const { value: served } = useResponse('/console', Served);
  const place = [route.view, ...route.rest].join('/');
  const isFirst = useRef(true);
  useEffect(() => {
    const name = VIEWS.find(({ view }) => view === route.view)?.name ?? 'Not found';
    document.title = `${name} · order-stream`;
    if (!isFirst.current && document.activeElement?.closest('main') !== main.current) main.current?.focus();
    isFirst.current = false;
  }, [place]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === '/' && !isTyping(event.target)) {
        event.preventDefault();
        const field = document.querySelector<HTMLInputElement>('input[type=search]');
        if (field === null) location.hash = addressOf(['orders'], { focus: 'search' });
        else field.focus();
      } else if (!isTyping(event.target)) moveFocus(event);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <header>
        <p class="name">
          order-stream <small>{served?.title}</small>
        </p>
        <nav aria-label="Views">
          {VIEWS.map(({ view, name }) => (
            <a key={view} href={addressOf([view])} aria-current={view === route.view ? 'page' : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <ThemeChoice />
      </header>
      <main id="main" tabIndex={-1} ref={main}>
        <View route={route} />
      </main>
      <footer>
        <kbd>/</kbd> search · <kbd>↑</kbd> <kbd>↓</kbd> rows · <kbd>Enter</kbd> open
      </footer>
    </>
  );
}

function View({ route: { view, rest, query } }: { readonly route: Route }) {
  const [first, second] = rest;
  if (view === 'throughput') return <Throughput />;
  if (view === 'orders' && first !== undefined && second !== undefined)
    return <Timeline userId={first} orderId={second} />;
  if (view === 'orders') return <Orders query={query} />;
  if (view === 'dead-letters' && first !== undefined) return <DeadLetter key={first} id={first} />;
  if (view === 'dead-letters') return <DeadLetters />;
  if (view === 'stock') return <Stock query={query} />;
  return <h1>There is no such view</h1>;
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches('input, select, textarea');
