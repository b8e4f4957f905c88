import * as z from 'zod';
import { Instant, UserId } from '../ids.ts';
import { ORDER_LINES_MAX, OrderLine, shipToFields, sumOfAmounts } from '../items/order.ts';
import { Currency, MINOR_UNITS_MAX } from '../money.ts';
import { line } from '../text.ts';

/** An order as another system hands it over: its prices and its date are that system's, not the catalogue's. */
export const ImportedOrder = z
  .strictObject({
    sourceId: line(100),
    userId: UserId,
    placedAt: Instant.refine((instant) => Date.parse(instant) >= 0, 'must not be before 1970'),
    lines: z.array(OrderLine).min(1).max(ORDER_LINES_MAX),
    currency: Currency,
    shipTo: z.strictObject(shipToFields),
  })
  .refine(({ lines }) => sumOfAmounts(lines) <= MINOR_UNITS_MAX, {
    path: ['lines'],
    message: 'together cost more than an order can',
  });
export type ImportedOrder = z.infer<typeof ImportedOrder>;
