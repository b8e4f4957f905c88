import * as z from 'zod';
import { Instant, Sku, UserId } from '../ids.ts';
import { ORDER_LINES_MAX, OrderLine, shipToFields, sumOfAmounts } from '../items/order.ts';
import { Currency, MINOR_UNITS_MAX } from '../money.ts';
import { line } from '../text.ts';

/** Characters that take no room on a screen: byte order marks, zero-width and bidirectional ones, variation selectors. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
const BLANK = /\p{Z}/gu;

/** An id as a reader sees it: two exports that spell it composed or not, with other invisible characters or blanks, mean the same. */
const asSeen = (text: string): string =>
  text.replace(INVISIBLE, '').replace(BLANK, ' ').normalize('NFC').trim();

const identity = <Schema extends z.ZodType<unknown, string>>(schema: Schema) =>
  z.string().transform(asSeen).pipe(schema);

/** What an imported order and its lines are recognised by. */
export const importedIdentities = {
  sourceId: identity(line(100)),
  userId: identity(UserId),
  sku: identity(Sku),
};

/** An order as another system hands it over: its prices and its date are that system's, not the catalogue's. */
export const ImportedOrder = z
  .strictObject({
    sourceId: importedIdentities.sourceId,
    userId: importedIdentities.userId,
    placedAt: Instant.refine((instant) => Date.parse(instant) >= 0, 'must not be before 1970'),
    lines: z
      .array(OrderLine.extend({ sku: importedIdentities.sku }))
      .min(1)
      .max(ORDER_LINES_MAX),
    currency: Currency,
    shipTo: z.strictObject(shipToFields),
  })
  .refine(({ lines }) => sumOfAmounts(lines) <= MINOR_UNITS_MAX, {
    path: ['lines'],
    message: 'together cost more than an order can',
  });
export type ImportedOrder = z.infer<typeof ImportedOrder>;
