import type { CreateOrderBody } from '../../contracts/api/orders.ts';
import type { ProblemField } from '../../contracts/api/problem.ts';
import type { Sku } from '../../contracts/ids.ts';
import type { OrderLine } from '../../contracts/items/order.ts';
import type { ProductItem } from '../../contracts/items/product.ts';
import { type Currency, MINOR_UNITS_MAX, MinorUnits } from '../../contracts/money.ts';
import { parse } from '../../contracts/reading.ts';
import { InvalidRequestError } from '../core/request-errors.ts';

type AskedLine = CreateOrderBody['lines'][number];

/** The lines of an order at the catalogue's prices, all in one currency. */
export interface PricedLines {
  readonly lines: readonly OrderLine[];
  readonly currency: Currency;
}

/**
 * Prices the lines of an order. Two lines of one sku stay two lines.
 *
 * @throws InvalidRequestError naming each line whose sku the catalogue does not have or has in another currency than the
 * first one, and the line with which the total becomes larger than an amount can be.
 */
export function priceLines(
  asked: readonly AskedLine[],
  catalogue: ReadonlyMap<Sku, ProductItem>,
): PricedLines {
  const refused: ProblemField[] = [];
  const lines: OrderLine[] = [];
  let currency: Currency | undefined;
  let total = 0;
  for (const [index, { sku, quantity }] of asked.entries()) {
    const product = catalogue.get(sku);
    currency ??= product?.currency;
    if (product === undefined) {
      refused.push(refusedSku(index, 'is not in the catalogue'));
    } else if (product.currency !== currency) {
      refused.push(refusedSku(index, `is priced in ${product.currency}, not in ${currency}`));
    } else if (total + product.unitPrice * quantity <= MINOR_UNITS_MAX) {
      const amount = parse(MinorUnits, product.unitPrice * quantity);
      total += amount;
      lines.push({ sku, name: product.name, category: product.category, quantity, amount });
    } else {
      refused.push({ in: 'body', field: `/lines/${index}/quantity`, message: 'makes the total too large' });
    }
  }
  if (refused.length > 0 || currency === undefined) {
    throw new InvalidRequestError('The catalogue cannot price the order.', refused);
  }
  return { lines, currency };
}

const refusedSku = (index: number, message: string): ProblemField => ({
  in: 'body',
  field: `/lines/${index}/sku`,
  message,
});
