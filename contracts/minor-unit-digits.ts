const HUNDREDTHS = 2;
const OTHER_THAN_HUNDREDTHS = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
] as const;

/**
 * How many decimal digits of a currency its minor unit is, by ISO 4217. Not what `Intl` writes: that leaves out digits that
 * nobody pays with any more, as those of HUF.
 * See https://www.six-group.com/en/products-services/financial-information/data-standards.html.
 */
export const minorUnitDigits = (currency: string): number =>
  OTHER_THAN_HUNDREDTHS.find(([, currencies]) => currencies.includes(currency))?.[0] ?? HUNDREDTHS;
