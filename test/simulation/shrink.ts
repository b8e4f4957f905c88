import type { FaultId } from './faults.ts';
import { type RunOptions, type RunResult, run } from './run.ts';

/** One thing that happens in a run and can be left out: an operation by its number, or a fault. */
export type Choice = { readonly operation: number } | { readonly fault: FaultId };

/** A failing run with nothing in it that it does not need. */
export interface Shrunk {
  readonly result: RunResult;
  readonly choices: readonly Choice[];
  /** How many runs it took. */
  readonly runs: number;
}

const RUNS_MAX = 400;

/** All that happened in a run. */
export const choicesOf = ({ operations, faults }: RunResult): readonly Choice[] => [
  ...operations.map(({ id }) => ({ operation: id })),
  ...faults.map((fault) => ({ fault })),
];

/** What has just these choices happen. */
export const optionsOf = (choices: readonly Choice[]): RunOptions => ({
  operations: new Set(choices.flatMap((choice) => ('operation' in choice ? [choice.operation] : []))),
  faults: new Set(choices.flatMap((choice) => ('fault' in choice ? [choice.fault] : []))),
});

/**
 * Leaves out as many operations and faults as it can while the same invariant fails: Zeller's delta debugging, by ever
 * smaller parts. What remains is minimal in that none of it can be left out alone, unless the bound on runs came first.
 * See https://www.st.cs.uni-saarland.de/papers/tse2002/tse2002.pdf.
 */
export async function shrink(failed: RunResult, options: RunOptions = {}): Promise<Shrunk> {
  let runs = 0;
  const isStillFailing = async (choices: readonly Choice[]): Promise<boolean> => {
    runs += 1;
    const { violation } = await run(failed.seed, { ...options, ...optionsOf(choices) });
    return violation?.invariant === failed.violation?.invariant;
  };
  let choices = choicesOf(failed);
  let parts = 2;
  while (choices.length > 1 && runs < RUNS_MAX) {
    const smaller = await withoutOnePart(choices, parts, isStillFailing);
    if (smaller !== undefined) {
      choices = smaller;
      parts = Math.max(2, parts - 1);
    } else if (parts >= choices.length) break;
    else parts = Math.min(choices.length, parts * 2);
  }
  const result = await run(failed.seed, { ...options, ...optionsOf(choices), isRecording: true });
  return { result, choices, runs };
}

async function withoutOnePart(
  choices: readonly Choice[],
  parts: number,
  isStillFailing: (choices: readonly Choice[]) => Promise<boolean>,
): Promise<readonly Choice[] | undefined> {
  const size = Math.ceil(choices.length / parts);
  for (let from = 0; from < choices.length; from += size) {
    const rest = choices.filter((_, at) => at < from || at >= from + size);
    if (rest.length > 0 && (await isStillFailing(rest))) return rest;
  }
  return undefined;
}

const SEPARATOR = ',';

/** The choices as one argument of the command line. */
export const encoded = (choices: readonly Choice[]): string =>
  choices.map((choice) => ('operation' in choice ? String(choice.operation) : choice.fault)).join(SEPARATOR);

/** Reads what {@link encoded} wrote. */
export const decoded = (text: string): readonly Choice[] =>
  text
    .split(SEPARATOR)
    .filter((one) => one !== '')
    .map((one) => (/^\d+$/.test(one) ? { operation: Number(one) } : { fault: one }));
