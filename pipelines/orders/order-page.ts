import type * as z from 'zod';
import type { OrderPage } from '../../contracts/api/order-lists.ts';
import { OrderView } from '../../contracts/api/orders.ts';
import type { OrderItem } from '../../contracts/items/order.ts';
import { parse } from '../../contracts/reading.ts';
import type { PageScope } from '../paging/page-scope.ts';
import type { PageTokens } from '../paging/page-tokens.ts';
import type { Page } from '../paging/read-page.ts';
import type { QueryOrdersDeps } from './query-orders.ts';

export interface OrderListDeps extends QueryOrdersDeps {
  readonly pageTokens: PageTokens;
}

/** Which page of which list is asked for. */
export interface PageAsked {
  readonly scope: PageScope;
  /** The first page without it. */
  readonly nextToken: string | undefined;
}

/**
 * Answers with a page that `read` reads behind the position in the token, and with a token for the position behind it.
 *
 * @throws InvalidPageTokenError
 */
export async function orderPage<Position>(
  { pageTokens }: Pick<OrderListDeps, 'pageTokens'>,
  { scope, nextToken }: PageAsked,
  schema: z.ZodType<Position>,
  read: (startAfter: Position | undefined) => Promise<Page<OrderItem, Position>>,
): Promise<OrderPage> {
  const startAfter = nextToken === undefined ? undefined : await pageTokens.open(scope, nextToken, schema);
  const { items, next } = await read(startAfter);
  return {
    orders: items.map((order) => parse(OrderView, order)),
    ...(next === undefined ? {} : { nextToken: await pageTokens.seal(scope, next) }),
  };
}
