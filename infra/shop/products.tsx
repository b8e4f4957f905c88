import { type ProductHit, ProductSearchResult } from '../../contracts/api/search.ts';
import { addressOf, goTo } from '../console/data/route.ts';
import { useResponse } from '../console/data/use-response.ts';
import { Head, Pill } from '../console/parts/basic.tsx';
import { money } from '../console/parts/format.ts';
import { Facet } from '../console/search/facet.tsx';
import { AmountFields, SortField } from '../console/search/fields.tsx';
import { Found, FoundNote, Marked, OtherMarks, useShownPage } from '../console/search/found.tsx';
import { changeSearch, type SearchFilter, searchPathOf, writtenAmount } from '../console/search/query.ts';
import { SearchField } from '../console/search/search-field.tsx';

const stockWords = (value: string): string => (value === 'true' ? 'in stock' : 'sold out');
const FILTERS: readonly SearchFilter[] = [
  { name: 'q', label: 'text' },
  { name: 'category', label: 'category' },
  { name: 'subCategory', label: 'sub-category' },
  { name: 'inStock', label: 'stock', write: stockWords },
  { name: 'priceMin', label: 'price from', write: writtenAmount },
  { name: 'priceMax', label: 'price to', write: writtenAmount },
];
const SORTS: Readonly<Record<string, string>> = {
  '': 'best first',
  'name:asc': 'name',
  'price:asc': 'lowest price',
  'price:desc': 'highest price',
  'createdAt:desc': 'newest first',
};
const PARAMETERS = [...FILTERS.map(({ name }) => name), 'sort', 'nextToken'];
const productsAddress = (query: URLSearchParams): string => addressOf(['products'], query);

/** Finds products. The address has the search and its page. */
export function Products({ query }: { readonly query: URLSearchParams }) {
  const response = useResponse(searchPathOf('/search/products', query, PARAMETERS), ProductSearchResult);
  const shown = useShownPage(query, response);
  const text = query.get('q') ?? '';
  const change = (values: Readonly<Record<string, readonly string[] | string>>) =>
    changeSearch(productsAddress, values);
  const place = { query, addressOf: productsAddress };
  const { facets } = shown?.first ?? {};
  return (
    <>
      <Head title="Products" />
      <search>
        <SearchField
          label="Search products by name, category or number"
          text={text}
          search={(q, isTyped) => changeSearch(productsAddress, { q }, isTyped)}
          choose={(suggestion) => {
            if (suggestion.kind === 'order') goTo(addressOf(['orders', suggestion.orderId]));
          }}
        />
        <div class="filter">
          <AmountFields label="Price" names={['priceMin', 'priceMax']} query={query} change={change} />
          <SortField query={query} change={change} sorts={SORTS} />
        </div>
        <div class="facets">
          {(
            [
              { name: 'category', title: 'Category', values: facets?.category },
              { name: 'subCategory', title: 'Sub-category', values: facets?.subCategory },
            ] as const
          ).map(({ name, title, values }) => (
            <Facet
              key={name}
              name={title}
              values={values?.map(({ value, products }) => ({ value, hits: products }))}
              chosen={query.getAll(name)}
              choose={(chosen) => change({ [name]: chosen })}
            />
          ))}
          <Facet
            name="Stock"
            values={facets?.inStock.map(({ value, products }) => ({ value, hits: products }))}
            chosen={query.getAll('inStock')}
            // The operation takes one: what was chosen last.
            choose={(chosen) => change({ inStock: chosen.filter((one) => one !== query.get('inStock')) })}
            write={stockWords}
          />
        </div>
      </search>
      <Found {...place} filters={FILTERS} response={response} shown={shown} empty="No product matches.">
        {shown !== undefined && (
          <>
            <p class="muted">
              <FoundNote shown={shown} />
            </p>
            <ul class="products" aria-label="Products">
              {shown.page.hits.map((hit) => (
                <Product key={hit.sku} hit={hit} />
              ))}
            </ul>
          </>
        )}
      </Found>
    </>
  );
}

function Product({
  hit: { sku, name, category, subCategory, unitPrice, currency, inStock, highlights },
}: {
  readonly hit: ProductHit;
}) {
  return (
    <li class="card product">
      <h2>
        <Marked text={name} highlights={highlights} />
      </h2>
      <p class="muted">
        <Marked text={category} highlights={highlights} />
        {subCategory !== undefined && (
          <>
            {' · '}
            <Marked text={subCategory} highlights={highlights} />
          </>
        )}
        {' · '}
        <span class="id">
          <Marked text={sku} highlights={highlights} />
        </span>
      </p>
      <OtherMarks highlights={highlights} shown={[name, category, subCategory ?? '', sku]} />
      <p class="product-foot">
        <strong>{money(unitPrice, currency)}</strong>
        <Pill tone={inStock ? 'ok' : 'warn'}>{stockWords(String(inStock))}</Pill>
      </p>
    </li>
  );
}
