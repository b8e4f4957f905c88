import { OrderSearchResult } from '../../../../contracts/api/search.ts';
import { OrderStatus } from '../../../../contracts/order-status.ts';
import { addressOf, goTo, orderAddress } from '../../data/route.ts';
import { useResponse } from '../../data/use-response.ts';
import { Copy, Head } from '../../parts/basic.tsx';
import { Facet } from '../../search/facet.tsx';
import { AmountFields, DayFields, SortField } from '../../search/fields.tsx';
import { Found, FoundNote, Marked, useShownPage } from '../../search/found.tsx';
import { OrderTable } from '../../search/order-table.tsx';
import { changedQuery, changeSearch, ORDER_FILTERS, ORDER_SORTS, searchPathOf } from '../../search/query.ts';
import { SearchField } from '../../search/search-field.tsx';

const PARAMETERS = [...ORDER_FILTERS.map(({ name }) => name), 'sort', 'nextToken'];
const ordersAddress = (query: URLSearchParams): string => addressOf(['orders'], query);

/** Finds orders. The address has the search and its page, so that Back and a reload work. A shared link has no page: its token is for its caller alone. */
export function Orders({ query }: { readonly query: URLSearchParams }) {
  const response = useResponse(searchPathOf('/search/orders', query, PARAMETERS), OrderSearchResult);
  const shown = useShownPage(query, response);
  const text = query.get('q') ?? '';
  const change = (values: Readonly<Record<string, readonly string[] | string>>) =>
    changeSearch(ordersAddress, values);
  const link = new URL(ordersAddress(changedQuery(query, {})), location.href).href;
  const place = { query, addressOf: ordersAddress };
  return (
    <>
      <Head title="Orders" tools={<Copy text={link}>Copy link</Copy>} />
      <search>
        <SearchField
          label="Search orders by product, person, city or id"
          text={text}
          isCalled={query.get('focus') === 'search'}
          search={(q, isTyped) => changeSearch(ordersAddress, { q }, isTyped)}
          choose={(suggestion) =>
            suggestion.kind === 'order'
              ? goTo(orderAddress(suggestion))
              : change({ q: '', userId: suggestion.userId })
          }
        />
        <div class="filter">
          <DayFields query={query} change={change} />
          <AmountFields label="Total" names={['totalMin', 'totalMax']} query={query} change={change} />
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
          <Facet
            name="Category"
            values={shown?.first?.facets?.category.map(({ value, orders }) => ({ value, hits: orders }))}
            chosen={query.getAll('category')}
            choose={(category) => change({ category })}
          />
        </div>
      </search>
      <Found {...place} filters={ORDER_FILTERS} response={response} shown={shown} empty="No order matches.">
        {shown !== undefined && (
          <OrderTable
            hits={shown.page.hits}
            addressOf={orderAddress}
            caption={<FoundNote shown={shown} />}
            userOf={({ userId, highlights }) => (
              <a class="under" href={addressOf(['orders'], { userId })}>
                <Marked text={userId} highlights={highlights} />
              </a>
            )}
          />
        )}
      </Found>
    </>
  );
}
