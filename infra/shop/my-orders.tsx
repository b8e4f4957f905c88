import { OrderSearchResult } from '../../contracts/api/search.ts';
import { OrderStatus } from '../../contracts/order-status.ts';
import { addressOf, goTo } from '../console/data/route.ts';
import { useResponse } from '../console/data/use-response.ts';
import { Head } from '../console/parts/basic.tsx';
import { Facet } from '../console/search/facet.tsx';
import { DayFields, SortField } from '../console/search/fields.tsx';
import { Found, FoundNote, useShownPage } from '../console/search/found.tsx';
import { OrderTable } from '../console/search/order-table.tsx';
import { changeSearch, ORDER_FILTERS, ORDER_SORTS, searchPathOf } from '../console/search/query.ts';
import { SearchField } from '../console/search/search-field.tsx';

const FILTERS = ORDER_FILTERS.filter(({ name }) => ['q', 'status', 'from', 'to'].includes(name));
const PARAMETERS = [...FILTERS.map(({ name }) => name), 'sort', 'nextToken'];
const ordersAddress = (query: URLSearchParams): string => addressOf(['orders'], query);

/** Finds the user's own orders. Staff could see others here as well, so the request names the user. */
export function MyOrders({ userId, query }: { readonly userId: string; readonly query: URLSearchParams }) {
  const asked = new URLSearchParams([...query, ['userId', userId]]);
  const response = useResponse(
    searchPathOf('/search/orders', asked, [...PARAMETERS, 'userId']),
    OrderSearchResult,
  );
  const shown = useShownPage(query, response);
  const text = query.get('q') ?? '';
  const change = (values: Readonly<Record<string, readonly string[] | string>>) =>
    changeSearch(ordersAddress, values);
  const place = { query, addressOf: ordersAddress };
  return (
    <>
      <Head title="My orders" />
      <search>
        <SearchField
          label="Search your orders by product, address or number"
          text={text}
          search={(q, isTyped) => changeSearch(ordersAddress, { q }, isTyped)}
          choose={(suggestion) => {
            if (suggestion.kind === 'order') goTo(addressOf(['orders', suggestion.orderId]));
          }}
        />
        <div class="filter">
          <DayFields query={query} change={change} />
          <SortField query={query} change={change} sorts={ORDER_SORTS} />
        </div>
        <div class="facets">
          <Facet
            name="Status"
            values={
              shown?.first?.facets?.status.map(({ value, orders }) => ({ value, hits: orders })) ??
              OrderStatus.options.map((value) => ({ value }))
            }
            chosen={query.getAll('status')}
            choose={(status) => change({ status })}
          />
        </div>
      </search>
      <Found
        {...place}
        filters={FILTERS}
        response={response}
        shown={shown}
        empty="You have no order that matches."
      >
        {shown !== undefined && (
          <OrderTable
            hits={shown.page.hits}
            addressOf={({ orderId }) => addressOf(['orders', orderId])}
            caption={<FoundNote shown={shown} />}
          />
        )}
      </Found>
    </>
  );
}
