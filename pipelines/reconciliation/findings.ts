/** One thing that two parts of the system disagree on. */
export interface Difference {
  /** What was compared: `orders index`, `stock`, ... */
  readonly check: string;
  /** What it is about: an order id, a sku, a day. */
  readonly id: string;
  /** What is there and what should be, without personal data. */
  readonly detail: string;
}

/** How a difference is mended: through the pipeline that should have prevented it. */
export interface Repair {
  /** What is done, for a person to read before it is. */
  readonly how: string;
  /** Does it. Harmless twice, and when what differed has come right meanwhile. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** A difference that persists, and how it can be mended; `undefined` where no pipeline can. */
export interface Finding extends Difference {
  readonly repair: Repair | undefined;
}

/** What came of looking again at what differed at first. */
export interface Settled {
  readonly findings: readonly Finding[];
  /** What never held still for as long as it takes to look at it, so that nothing can be said of it. */
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
