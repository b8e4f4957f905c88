import * as z from 'zod';
import { ConsumerName } from '../../../../contracts/stream.ts';
import {
  type DeadLetterFilter,
  type MessageSummary,
  passesFilter,
} from '../../../../pipelines/dead-letters/parse/dead-letter-summary.ts';
import type { ReplayableQueue } from '../../../../pipelines/dead-letters/queue/queue-pass.ts';
import type { OpsTarget } from '../../target/ops-target.ts';

/** The options that select queues. */
export const queueOptions = { consumer: ConsumerName.optional(), parked: z.boolean() };

/** The options that select dead letters on these queues. */
export const filterOptions = {
  ...queueOptions,
  args: z.array(z.string()).max(1),
  reason: z.string().optional(),
  entity: z.string().optional(),
  since: z.date().optional(),
  limit: z.int(),
  dryRun: z.boolean(),
};

/** Which dead letters a command selects. */
export interface SelectionOptions extends Omit<DeadLetterFilter, 'messageId'> {
  readonly args?: readonly (string | undefined)[];
  readonly consumer?: ConsumerName | undefined;
}

/** What is on the queues when no dead letter matches the filters. */
export interface Unmatched {
  /** How many dead letters were read. */
  readonly deadLetters: number;
  /** For each given filter, the values that the dead letters have, the most frequent first. */
  readonly here: readonly {
    readonly what: string;
    readonly values: readonly (readonly [string, number])[];
  }[];
}

const VALUES_MAX = 10;

/** Selects dead letters by the options. Keeps a summary of the others, so that a misspelt filter can be reported. */
export class ChosenDeadLetters {
  readonly #options: SelectionOptions;
  readonly #others: MessageSummary[] = [];
  #selected = 0;

  constructor(options: SelectionOptions) {
    this.#options = options;
  }

  /** Whether the options select a dead letter. */
  readonly isSelected = (summary: MessageSummary): boolean => {
    const { args, consumer, reason, entity, since } = this.#options;
    const isSelected =
      passesFilter(summary, { messageId: args?.[0], reason, entity, since }) &&
      (consumer === undefined || summary.consumer === consumer);
    if (isSelected) this.#selected += 1;
    else this.#others.push(summary);
    return isSelected;
  };

  /** What is on the queues if nothing matches the filters; `undefined` if something matches, or the queues are empty. */
  get unmatched(): Unmatched | undefined {
    if (this.#selected > 0 || this.#others.length === 0) return undefined;
    const { consumer, reason, entity, since } = this.#options;
    const facets: readonly (readonly [unknown, string, (summary: MessageSummary) => readonly string[]])[] = [
      [consumer, 'consumers', (one) => [one.consumer ?? 'unknown']],
      [reason, 'reasons', (one) => [one.reason]],
      [entity, 'items', (one) => one.entities],
      [since, 'first seen', (one) => [one.firstSeenAt.slice(0, 'yyyy-mm-dd'.length)]],
    ];
    return {
      deadLetters: this.#others.length,
      here: facets
        .filter(([option]) => option !== undefined)
        .map(([, what, valuesOf]) => ({ what, values: frequencies(this.#others.flatMap(valuesOf)) })),
    };
  }

  /** Whether a dead letter with this id was read, regardless of the other filters. */
  hasRead(messageId: string): boolean {
    return this.#selected > 0 || this.#others.some((one) => one.messageId === messageId);
  }
}

/** As text: `None of 20 match; reasons here: contract-violation (18), ...`. */
export const unmatchedText = ({ deadLetters, here }: Unmatched): string =>
  [`None of ${deadLetters} match`, ...here.map(({ what, values }) => `${what} here: ${listed(values)}`)].join(
    '; ',
  );

const listed = (values: readonly (readonly [string, number])[]): string => {
  const shown = values.slice(0, VALUES_MAX).map(([value, times]) => `${value} (${times})`);
  return [...shown, ...(values.length > VALUES_MAX ? ['...'] : [])].join(', ') || 'none';
};

const frequencies = (values: readonly string[]): readonly (readonly [string, number])[] =>
  [...Map.groupBy(values, (value) => value)]
    .map(([value, all]) => [value, all.length] as const)
    .toSorted(([, one], [, other]) => other - one);

/** The queues that the options select: the consumers' dead-letter queues, or the parking queue, which both share. */
export function replayableQueues(
  { resources }: Pick<OpsTarget, 'resources'>,
  { consumer, parked }: { readonly consumer?: ConsumerName | undefined; readonly parked: boolean },
): readonly ReplayableQueue[] {
  if (parked) return [{ queueUrl: resources.parkedDeadLettersUrl, consumer: undefined }];
  return ConsumerName.options
    .filter((name) => consumer === undefined || name === consumer)
    .map((name) => ({ queueUrl: resources.consumers[name].deadLetterQueueUrl, consumer: name }));
}
