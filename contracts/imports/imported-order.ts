import * as z from 'zod';
import { ORDER_LINES_MAX, OrderLine, shipToFields, sumOfAmounts } from '../entities/order.ts';
import { AHEAD_MESSAGE, Instant, isNotFarAhead, Sku, UserId } from '../ids.ts';
import { Currency, MINOR_UNITS_MAX, MinorUnits, Quantity } from '../money.ts';
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

/** An order as another system exports it: its prices and its date are that system's, not the catalogue's. */
export const ImportedOrder = z
  .strictObject({
    sourceId: importedIdentities.sourceId,
    userId: importedIdentities.userId,
    // Until its date an order would hold stock, and would be neither listed, counted nor cancelled.
    placedAt: Instant.refine((instant) => Date.parse(instant) >= 0, 'must not be before 1970').refine(
      (instant) => isNotFarAhead(Date.parse(instant)),
      AHEAD_MESSAGE,
    ),
    lines: z
      .array(z.strictObject({ ...OrderLine.shape, sku: importedIdentities.sku }))
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

/** CSV knows texts only: a number is digits and nothing else, so that neither `1e3` nor an empty field becomes one. */
const digits = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a whole number in digits')
  .transform(Number);
/** CSV does not distinguish an empty text from none. Where a field may be missing, an empty text means that it is missing. */
const orMissing = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((text) => (typeof text === 'string' && text.trim() === '' ? undefined : text), schema);

/** The columns that are equal in every row of an order: a row is matched to its order by them alone. */
const orderColumns = {
  sourceId: importedIdentities.sourceId,
  userId: importedIdentities.userId,
  placedAt: Instant,
  currency: Currency,
  shipToName: shipToFields.name,
  shipToCity: shipToFields.city,
  shipToState: orMissing(shipToFields.state),
  shipToPostalCode: orMissing(shipToFields.postalCode),
  shipToRegion: orMissing(shipToFields.region),
  shipToCountry: shipToFields.country,
};
const lineColumns = {
  sku: importedIdentities.sku,
  name: OrderLine.shape.name,
  category: OrderLine.shape.category,
  quantity: digits.pipe(Quantity),
  /** The price of the complete line, in minor units. */
  amount: digits.pipe(MinorUnits),
};

/** One row of an imported CSV: a line of an order, with what it shares with the order's other lines. */
export const ImportedOrderRow = z.strictObject({ ...orderColumns, ...lineColumns });
export type ImportedOrderRow = z.infer<typeof ImportedOrderRow>;

/** What a row is recognised by as one of an order. */
export const ImportedOrderRowIdentity = z.object({
  userId: orderColumns.userId,
  sourceId: orderColumns.sourceId,
});

export type ImportedOrderColumn = keyof ImportedOrderRow;
export const ImportedOrderColumn = z.keyof(ImportedOrderRow);

const OPTIONAL_COLUMNS: readonly ImportedOrderColumn[] = ['shipToState', 'shipToPostalCode', 'shipToRegion'];

/** The columns that a header must name. */
export const REQUIRED_COLUMNS: readonly ImportedOrderColumn[] = ImportedOrderColumn.options.filter(
  (column) => !OPTIONAL_COLUMNS.includes(column),
);

/** The columns in which an order's rows must not differ. */
export const ORDER_COLUMNS: readonly ImportedOrderColumn[] = ImportedOrderColumn.options.filter(
  (column) => column in orderColumns,
);
