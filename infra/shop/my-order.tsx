import { OrderView } from '../../contracts/api/orders.ts';
import { addressOf } from '../console/data/route.ts';
import { useResponse } from '../console/data/use-response.ts';
import { Ago, Card, Head } from '../console/parts/basic.tsx';
import { count, money } from '../console/parts/format.ts';
import { ResponseState } from '../console/parts/response-state.tsx';
import { StatusPill } from '../console/parts/status-pill.tsx';

/** One of the user's orders as the table has it now, with all its lines. */
export function MyOrder({ userId, orderId }: { readonly userId: string; readonly orderId: string }) {
  const path = `/users/${encodeURIComponent(userId)}/orders/${encodeURIComponent(orderId)}`;
  const response = useResponse(path, OrderView);
  const { value: order } = response;
  return (
    <>
      <Head
        trail={<a href={addressOf(['orders'])}>My orders</a>}
        title={
          <>
            Order <bdi class="id">{orderId}</bdi>
          </>
        }
      />
      <ResponseState response={response} what="The order" />
      {order !== undefined && (
        <>
          <Card id="order" title="Order">
            <dl class="pairs">
              <dt>Status</dt>
              <dd>
                <StatusPill status={order.status} />
              </dd>
              <dt>Placed</dt>
              <dd>
                <Ago at={order.createdAt} />
              </dd>
              <dt>To</dt>
              <dd>
                <bdi>
                  {order.shipTo.name}, {order.shipTo.city}, {order.shipTo.country}
                </bdi>
              </dd>
              <dt>Total</dt>
              <dd>
                <strong>{money(order.total, order.currency)}</strong>
              </dd>
            </dl>
          </Card>
          <Card id="lines" title="Products">
            <table>
              <caption class="unseen">The products of the order</caption>
              <thead>
                <tr>
                  <th scope="col">Product</th>
                  <th scope="col" class="number">
                    Pieces
                  </th>
                  <th scope="col" class="number">
                    Amount
                  </th>
                </tr>
              </thead>
              <tbody>
                {order.lines.map(({ sku, name, quantity, amount }, place) => (
                  <tr key={`${place} ${sku}`}>
                    <td data-label="Product">
                      <bdi>{name}</bdi>
                    </td>
                    <td data-label="Pieces" class="number">
                      {count(quantity)}
                    </td>
                    <td data-label="Amount" class="number">
                      {money(amount, order.currency)}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Card>
        </>
      )}
    </>
  );
}
