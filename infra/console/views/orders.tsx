import { useEffect, useRef, useState } from 'preact/hooks';
import { type FacetValue, OrderSearchResult, type TextPart } from '../../../contracts/api/search.ts';
import { count, money, time } from '../format.ts';
import { IndexLagNote } from '../index-lag.tsx';
import { ResponseState } from '../response-state.tsx';
import { addressOf } from '../route.ts';
import { useResponse } from '../use-response.ts';

const TYPING_MS = 250;
const FILTERS = ['q', 'status', 'category', 'userId'] as const;
type Filters = Readonly<Record<(typeof FILTERS)[number], string>>;

/** Finds orders. The address has the search, so that you can share it and return to it. */
export function Orders({ query }: { readonly query: URLSearchParams }) {
  const filters: Filters = {
    q: query.get('q') ?? '',
    status: query.get('status') ?? '',
    category: query.get('category') ?? '',
    userId: query.get('userId') ?? '',
  };
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(filters.q);
  const isCalled = query.get('focus') === 'search';
  useEffect(() => {
    if (isCalled) field.current?.focus();
  }, [isCalled]);
  const find = (changed: Partial<Filters>) =>
    history.replaceState(null, '', addressOf(['orders'], { ...filters, ...changed }));
  const search = (changed: Partial<Filters>) => {
    find(changed);
    dispatchEvent(new HashChangeEvent('hashchange'));
  };
  useEffect(() => {
    if (text.trim() === filters.q) return;
    const timer = setTimeout(() => search({ q: text.trim() }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const wanted = new URLSearchParams(
    FILTERS.flatMap((name) => (filters[name] ? [[name, filters[name]]] : [])),
  );
  const response = useResponse(`/search/orders?${wanted}`, OrderSearchResult);
  const shown = useRef(response.value);
  shown.current = response.value ?? shown.current;
  const found = shown.current;
  return (
    <>
      <h1>Orders</h1>
      <search>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            search({ q: text.trim() });
          }}
        >
          <label>
            <span>Search orders by product, person, city or id</span>
            <input
              type="search"
              ref={field}
              value={text}
              maxLength={128}
              autocomplete="off"
              onInput={({ currentTarget }) => setText(currentTarget.value)}
            />
          </label>
        </form>
      </search>
      <ResponseState response={response} what="The search" />
      {found !== undefined && (
        <div class="found" aria-busy={response.isLoading}>
          <div class="facets">
            <Facet
              name="Status"
              values={found.facets?.status ?? []}
              chosen={filters.status}
              choose={(status) => search({ status })}
            />
            <Facet
              name="Category"
              values={found.facets?.category ?? []}
              chosen={filters.category}
              choose={(category) => search({ category })}
            />
          </div>
          <Hits found={found} />
        </div>
      )}
    </>
  );
}

interface FacetProps {
  readonly name: string;
  readonly values: readonly FacetValue[];
  readonly chosen: string;
  readonly choose: (value: string) => void;
}

function Facet({ name, values, chosen, choose }: FacetProps) {
  const isLost = chosen !== '' && !values.some(({ value }) => value === chosen);
  const shown = isLost ? [...values, { value: chosen, orders: 0 }] : values;
  return (
    <fieldset>
      <legend>{name}</legend>
      {shown.map(({ value, orders }) => (
        <button
          key={value}
          type="button"
          class="facet"
          aria-pressed={value === chosen}
          onClick={() => choose(value === chosen ? '' : value)}
        >
          {value} <span class="muted">{count(orders)}</span>
        </button>
      ))}
    </fieldset>
  );
}

function Hits({ found }: { readonly found: OrderSearchResult }) {
  const { total = found.hits.length } = found;
  return (
    <table>
      <caption>
        <span role="status">
          {found.isTotalExact ? '' : 'More than '}
          {count(total)} found{total > found.hits.length ? `, ${found.hits.length} shown` : ''}.
        </span>{' '}
        <IndexLagNote lag={found.index} />
      </caption>
      <thead>
        <tr>
          <th scope="col">Order</th>
          <th scope="col">User</th>
          <th scope="col">Status</th>
          <th scope="col" class="number">
            Total
          </th>
          <th scope="col">Placed</th>
          <th scope="col">Found in</th>
        </tr>
      </thead>
      <tbody>
        {found.hits.map((hit) => (
          <tr key={hit.orderId}>
            <td data-label="Order">
              <a class="id" href={addressOf(['orders', hit.userId, hit.orderId])}>
                {hit.orderId}
              </a>
            </td>
            <td data-label="User">{hit.userId}</td>
            <td data-label="Status">
              <span class={`status ${hit.status}`}>{hit.status}</span>
            </td>
            <td data-label="Total" class="number">
              {money(hit.total, hit.currency)}
            </td>
            <td data-label="Placed">{time(hit.createdAt)}</td>
            <td data-label="Found in">
              {hit.highlights.map(({ field, parts }) => (
                <Highlighted key={field + textOf(parts)} parts={parts} />
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const Highlighted = ({ parts }: { readonly parts: readonly TextPart[] }) => (
  <span class="highlight">{parts.map(({ text, isHit }) => (isHit ? <mark>{text}</mark> : text))}</span>
);

const textOf = (parts: readonly TextPart[]): string => parts.map(({ text }) => text).join('');
