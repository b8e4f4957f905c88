import { ProductPage } from '../../../contracts/api/products.ts';
import { LOW_STOCK_MAX } from '../../../contracts/entities/product.ts';
import { addressOf, goTo } from '../data/route.ts';
import { useResponse } from '../data/use-response.ts';
import { Copy, Head } from '../parts/basic.tsx';
import { DraftField } from '../parts/draft-field.tsx';
import { count, counted, money } from '../parts/format.ts';
import { ResponseState } from '../parts/response-state.tsx';
import { productWords } from '../search/search-field.tsx';

const EVERY_MS = 2_000;
const BELOW_DEFAULT = '10';
const LIMIT = 50;

/** The products that are running out, the fewest pieces first. */
export function Stock({ query }: { readonly query: URLSearchParams }) {
  const below = query.get('below') ?? BELOW_DEFAULT;
  const path = `/products?${new URLSearchParams({ stockBelow: below, limit: String(LIMIT) })}`;
  const response = useResponse(path, ProductPage, EVERY_MS);
  const { value } = response;
  return (
    <>
      <Head title="Stock" tools={<Copy text={location.href}>Copy link</Copy>} />
      <DraftField
        class="filter"
        label="Products with fewer pieces than"
        type="number"
        limits={{ min: 1, max: LOW_STOCK_MAX }}
        value={below}
        take={(pieces) => goTo(addressOf(['stock'], { below: pieces }))}
      />
      <ResponseState response={response} what="The stock" />
      {value !== undefined && value.products.length === 0 && (
        <p class="empty">No product has fewer pieces than {below}.</p>
      )}
      {value !== undefined && value.products.length > 0 && (
        <table>
          <caption>
            {counted(value.products.length, 'product')}
            {value.nextToken === undefined ? '' : ', and there are more'}
          </caption>
          <thead>
            <tr>
              <th scope="col">Sku</th>
              <th scope="col">Product</th>
              <th scope="col">Category</th>
              <th scope="col" class="number">
                Price
              </th>
              <th scope="col" class="number">
                Stock
              </th>
              <th scope="col" class="number">
                Reserved
              </th>
              <th scope="col" class="number">
                Received
              </th>
            </tr>
          </thead>
          <tbody>
            {value.products.map((product) => (
              <tr key={product.sku}>
                <td data-label="Sku" class="id">
                  <bdi>{product.sku}</bdi>
                </td>
                <td data-label="Product">
                  <a data-row href={addressOf(['orders'], { q: productWords(product.name, product.sku) })}>
                    <bdi>{product.name}</bdi>
                  </a>
                </td>
                <td data-label="Category">
                  <bdi>{product.category}</bdi>
                </td>
                <td data-label="Price" class="number">
                  {money(product.unitPrice, product.currency)}
                </td>
                <td data-label="Stock" class="number">
                  <strong>{count(product.stock)}</strong>
                  {product.stock <= 0 && <span class="bad"> out</span>}
                </td>
                <td data-label="Reserved" class="number">
                  {count(product.reserved)}
                </td>
                <td data-label="Received" class="number">
                  {count(product.received)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
