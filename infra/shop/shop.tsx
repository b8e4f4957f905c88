import { useEffect, useRef } from 'preact/hooks';
import { addressOf, useRoute } from '../console/data/route.ts';
import { MyOrder } from './my-order.tsx';
import { MyOrders } from './my-orders.tsx';
import { Products } from './products.tsx';
import { useSignIn } from './session.ts';
import { SignInForm } from './sign-in-form.tsx';

const VIEWS = [
  { view: 'products', name: 'Products' },
  { view: 'orders', name: 'My orders' },
] as const;

/** The search page of a shop, for a user with a token of their own. */
export function Shop() {
  // First: a session that has expired changes the address.
  const { session, reason, signIn, signOut } = useSignIn();
  const { view: named, rest, query } = useRoute();
  const view = VIEWS.find((one) => one.view === named) ?? VIEWS[0];
  const [orderId] = rest;
  const title = session === undefined ? 'Sign in' : (orderId ?? view.name);
  useEffect(() => {
    document.title = `${title} · Shop`;
  }, [title]);
  const main = useRef<HTMLElement>(null);
  const last = useRef<string | undefined>(undefined);
  const place = `${session?.userId} ${view.view} ${orderId}`;
  useEffect(() => {
    // A new place takes the focus, unless its search field has it.
    if (last.current !== undefined && main.current?.contains(document.activeElement) === false)
      main.current.focus();
    last.current = place;
  }, [place]);
  if (session === undefined)
    return (
      <main id="main" tabIndex={-1} ref={main}>
        <SignInForm reason={reason} signIn={signIn} />
      </main>
    );
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <header class="top">
        <p class="name">Shop</p>
        <nav aria-label="Views">
          {VIEWS.map((one) => (
            <a key={one.view} href={addressOf([one.view])} aria-current={one === view ? 'page' : undefined}>
              {one.name}
            </a>
          ))}
        </nav>
        <p class="who">
          <span class="muted">
            Signed in as <bdi>{session.userId}</bdi>
          </span>
          <button type="button" class="small" onClick={() => signOut()}>
            Sign out
          </button>
        </p>
      </header>
      <main id="main" tabIndex={-1} ref={main}>
        {view.view === 'products' && <Products query={query} />}
        {view.view === 'orders' && orderId === undefined && (
          <MyOrders userId={session.userId} query={query} />
        )}
        {view.view === 'orders' && orderId !== undefined && (
          <MyOrder key={orderId} userId={session.userId} orderId={orderId} />
        )}
      </main>
    </>
  );
}
