import { z } from 'zod';
import { Instant, UserId } from '../ids.ts';
import { ORDER_LINES_MAX, OrderLine, shipToFields } from '../items/order.ts';
import { Currency } from '../money.ts';

/** An order as another system hands it over: its prices and its date are that system's, not the catalogue's. */
export const ImportedOrder = z.strictObject({
  sourceId: z.string().min(1).max(100),
  userId: UserId,
  placedAt: Instant.refine((instant) => Date.parse(instant) >= 0, 'must not be before 1970'),
  lines: z.array(OrderLine).min(1).max(ORDER_LINES_MAX),
  currency: Currency,
  shipTo: z.strictObject(shipToFields),
});
export type ImportedOrder = z.infer<typeof ImportedOrder>;
