import { describe, expect, it } from 'vitest';
import { CreateOrderBody } from '../../../contracts/api/orders.ts';
import type { ProductItem } from '../../../contracts/entities/product.ts';
import { MINOR_UNITS_MAX } from '../../../contracts/money.ts';
import { priceLines } from '../../../pipelines/orders/create-order.ts';
import { refusedFields } from '../../builders/refused-fields.ts';
import { productItem } from '../../builders/values/items.ts';

const askedLines = CreateOrderBody.shape.lines;
const chair = productItem({ sku: 'chair', unitPrice: 1_250, currency: 'EUR' });
const lamp = productItem({ sku: 'lamp', unitPrice: 900, currency: 'USD' });
const gift = productItem({ sku: 'gift', unitPrice: 0, currency: 'EUR' });

const price = (lines: readonly { sku: string; quantity: number }[], products: readonly ProductItem[]) =>
  priceLines(askedLines.parse(lines), new Map(products.map((product) => [product.sku, product])));

describe('pricing the lines of an order', () => {
  it('multiplies each price by its quantity', () => {
    const { lines, currency } = price([{ sku: 'chair', quantity: 3 }], [chair]);
    expect(lines.map(({ amount }) => amount)).toEqual([3_750]);
    expect(currency).toBe('EUR');
  });

  it('prices what is free', () => {
    expect(price([{ sku: 'gift', quantity: 1 }], [gift]).lines[0]?.amount).toBe(0);
  });

  it('names each unknown sku and each foreign currency at once', () => {
    const lines = [
      { sku: 'unicorn', quantity: 1 },
      { sku: 'chair', quantity: 1 },
      { sku: 'lamp', quantity: 1 },
    ];
    expect(refusedFields(() => price(lines, [chair, lamp]))).toEqual(['/lines/0/sku', '/lines/2/sku']);
  });

  it('takes a total that is just as large as an amount can be', () => {
    const most = productItem({ sku: 'chair', unitPrice: MINOR_UNITS_MAX });
    expect(price([{ sku: 'chair', quantity: 1 }], [most]).lines).toHaveLength(1);
  });

  it('names the line that makes the total too large, also when its own amount already is', () => {
    const most = productItem({ sku: 'chair', unitPrice: MINOR_UNITS_MAX });
    expect(refusedFields(() => price([{ sku: 'chair', quantity: 2 }], [most]))).toEqual([
      '/lines/0/quantity',
    ]);
  });
});
