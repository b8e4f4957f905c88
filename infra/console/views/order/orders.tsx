import { useEffect, useRef, useState } from 'preact/hooks';
import { type FacetValue, OrderSearchResult, type TextPart } from '../../../../contracts/api/search.ts';
import { addressOf, orderAddress, replaceAddress } from '../../data/route.ts';
import { useLast, useResponse } from '../../data/use-response.ts';
import { Ago, Copy, Head } from '../../parts/basic.tsx';
import { count, money } from '../../parts/format.ts';
import { IndexLagNote } from '../../parts/index-lag.tsx';
import { ResponseState } from '../../parts/response-state.tsx';
import { StatusPill } from './cards.tsx';

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
  const search = (changed: Partial<Filters>) =>
    replaceAddress(addressOf(['orders'], { ...filters, ...changed }));
  useEffect(() => {
    if (text.trim() === filters.q) return;
    const timer = setTimeout(() => search({ q: text.trim() }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const wanted = new URLSearchParams(
    FILTERS.flatMap((name) => (filters[name] ? [[name, filters[name]]] : [])),
  );
  const response = useResponse(`/search/orders?${wanted}`, OrderSearchResult);
  const found = useLast(response.value);
  return (
    <>
      <Head title="Orders" tools={<Copy text={location.href}>Copy link</Copy>} />
      <search>
        <form
          class="filter"
          onSubmit={(event) => {
            event.preventDefault();
            search({ q: text.trim() });
          }}
        >
          <label class="grows">
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
      {filters.userId !== '' && (
        <p class="chips">
          <a class="chip" href={addressOf(['orders'], { ...filters, userId: '' })}>
            user <bdi>{filters.userId}</bdi> <span aria-hidden="true">×</span>
            <span class="unseen"> (remove)</span>
          </a>
        </p>
      )}
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
          class="small"
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
          <th scope="col">Customer</th>
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
              <a class="id" data-row href={orderAddress(hit)}>
                {hit.orderId}
              </a>
            </td>
            <td data-label="Customer">
              <a href={addressOf(['orders'], { userId: hit.userId })}>
                <bdi>{hit.userId}</bdi>
              </a>
            </td>
            <td data-label="Status">
              <StatusPill status={hit.status} />
            </td>
            <td data-label="Total" class="number">
              {money(hit.total, hit.currency)}
            </td>
            <td data-label="Placed" class="nobreak">
              <Ago at={hit.createdAt} />
            </td>
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
  <bdi class="highlight">{parts.map(({ text, isHit }) => (isHit ? <mark>{text}</mark> : text))}</bdi>
);

const textOf = (parts: readonly TextPart[]): string => parts.map(({ text }) => text).join('');
