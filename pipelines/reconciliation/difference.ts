/** One thing that two parts of the system disagree on. */
export interface Difference {
  /** What was compared: `orders index`, `stock`, ... */
  readonly check: string;
  /** What it is about: an order id, a sku, a day. */
  readonly id: string;
  /** What is there and what should be, without personal data. */
  readonly detail: string;
}
