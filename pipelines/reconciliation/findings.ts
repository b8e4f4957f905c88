/** One thing that two parts of the system disagree on. */
export interface Difference {
  /** What was compared: `orders index`, `stock`, ... */
  readonly check: string;
  /** The subject: an order id, a sku, a day. */
  readonly id: string;
  /** What is there and what should be, without personal data. */
  readonly detail: string;
}

/** How a difference is repaired: through the pipeline that should have prevented it. */
export interface Repair {
  /** What is done, for a person to read before it is. */
  readonly how: string;
  /** Runs the repair. Safe twice, and when the difference no longer exists. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** A difference that persists, and its repair; `undefined` where no pipeline can repair it. */
export interface Finding extends Difference {
  readonly repair: Repair | undefined;
}

/** The result of the rechecks of the candidates. */
export interface Rechecked {
  readonly findings: readonly Finding[];
  /** The inconclusive ones: their data changed during every comparison. */
  readonly inconclusive: readonly string[];
}

/** Compares what should have come with what came: each difference is named, and what came more than once is no difference. */
export function compareSets(
  check: string,
  expected: ReadonlySet<string>,
  actual: ReadonlySet<string>,
): readonly Difference[] {
  const missing = [...expected]
    .filter((id) => !actual.has(id))
    .map((id) => ({ check, id, detail: 'did not come' }));
  const extra = [...actual]
    .filter((id) => !expected.has(id))
    .map((id) => ({ check, id, detail: 'came and was not expected' }));
  return [...missing, ...extra];
}
