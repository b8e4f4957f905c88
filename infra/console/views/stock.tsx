import { ProductPage } from '../../../contracts/api/products.ts';
import { count, money } from '../format.ts';
import { ResponseState } from '../response-state.tsx';
import { addressOf } from '../route.ts';
import { useResponse } from '../use-response.ts';

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
      <h1>Stock</h1>
      <label>
        <span>Products with fewer pieces than</span>
        <input
          type="number"
          min={1}
          max={1_000_000_000}
          value={below}
          onChange={({ currentTarget }) => {
            if (currentTarget.reportValidity())
              location.hash = addressOf(['stock'], { below: currentTarget.value });
          }}
        />
      </label>
      <ResponseState response={response} what="The stock" />
      {value !== undefined && (
        <table>
          <caption>
            {value.products.length} products{value.nextToken === undefined ? '' : ', and there are more'}
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
                  {product.sku}
                </td>
                <td data-label="Product">
                  <a href={addressOf(['orders'], { q: product.name })}>{product.name}</a>
                </td>
                <td data-label="Category">{product.category}</td>
                <td data-label="Price" class="number">
                  {money(product.unitPrice, product.currency)}
                </td>
                <td data-label="Stock" class="number">
                  <strong>{count(product.stock)}</strong>
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
