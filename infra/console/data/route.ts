import { useEffect, useMemo, useState } from 'preact/hooks';

/** The views in the order of the rail. */
export const VIEWS = [
  { view: 'overview', name: 'Overview' },
  { view: 'orders', name: 'Orders' },
  { view: 'dead-letters', name: 'Dead letters' },
  { view: 'stock', name: 'Stock' },
  { view: 'activity', name: 'Activity log' },
  { view: 'runbook', name: 'Runbook' },
] as const;

/** Where in the page one is, as the part of the address behind `#` says. */
export interface Route {
  /** `orders`, `dead-letters` and so on; `overview` without one. */
  readonly view: string;
  /** What stands behind the view, such as a user and an order. */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
}

export function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [view = '', ...rest] = path.split('/').map(decoded);
  return { view: view === '' ? 'overview' : view, rest, query: new URLSearchParams(query) };
}

/** An address within the page, without the parameters that are empty. */
export function addressOf(
  parts: readonly string[],
  query: Readonly<Record<string, string>> | URLSearchParams = {},
): string {
  const given = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const search = new URLSearchParams(given.filter(([, value]) => value !== '')).toString();
  return `#/${parts.map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`;
}

/** The page of an order, or of a dead letter. */
export const orderAddress = (order: { readonly userId: string; readonly orderId: string }): string =>
  addressOf(['orders', order.userId, order.orderId]);
export const deadLetterAddress = (id: string, query: Readonly<Record<string, string>> = {}): string =>
  addressOf(['dead-letters', id], query);

export const goTo = (address: string): void => {
  location.hash = address;
};

/** Goes to an address without an entry in the history, such as while a filter is typed. */
export function replaceAddress(address: string): void {
  history.replaceState(null, '', address);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = () => setHash(location.hash);
    // It comes with the change of the address, so that no timer runs between that and the next view. The other event comes later.
    addEventListener('popstate', follow);
    addEventListener('hashchange', follow);
    return () => {
      removeEventListener('popstate', follow);
      removeEventListener('hashchange', follow);
    };
  }, []);
  return useMemo(() => routeOf(hash), [hash]);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
