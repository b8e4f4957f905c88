import type { Difference } from './difference.ts';

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
  readonly undecided: readonly string[];
}
