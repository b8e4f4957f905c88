import * as z from 'zod';

/** An ISO 4217 alphabetic currency code. */
export const Currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 currency code')
  .brand<'Currency'>();
export type Currency = z.infer<typeof Currency>;

/** The largest amount, in minor units: nine thousand of them still add up to a safe integer. */
export const MINOR_UNITS_MAX = 1_000_000_000_000;

/** An amount of money in the currency's minor unit (cents for USD): an integer, never a fraction, up to {@link MINOR_UNITS_MAX}. */
export const MinorUnits = z
  .int()
  .nonnegative()
  .max(MINOR_UNITS_MAX)
  // JSON's -0 is 0 in the table: it must equal what is read from there.
  .overwrite((minorUnits) => minorUnits + 0)
  .brand<'MinorUnits'>();
export type MinorUnits = z.infer<typeof MinorUnits>;

/** The most pieces that one line may have. */
export const QUANTITY_MAX = 1_000_000;

/** How many of something: 1 to {@link QUANTITY_MAX}. */
export const Quantity = z.int().min(1).max(QUANTITY_MAX).brand<'Quantity'>();
export type Quantity = z.infer<typeof Quantity>;

const HUNDREDTHS = 2;
const OTHER_THAN_HUNDREDTHS = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
] as const;

/**
 * How many decimal digits of a currency its minor unit is, by ISO 4217. Not what `Intl` writes: `Intl` leaves out digits that
 * are no longer used in payments, as those of HUF.
 * See https://www.six-group.com/en/products-services/financial-information/data-standards.html.
 */
export const minorUnitDigits = (currency: string): number =>
  OTHER_THAN_HUNDREDTHS.find(([, currencies]) => currencies.includes(currency))?.[0] ?? HUNDREDTHS;
