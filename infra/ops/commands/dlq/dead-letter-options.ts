import * as z from 'zod';
import { ConsumerName } from '../../../../contracts/stream.ts';
import {
  type DeadLetterFilter,
  type MessageSummary,
  passesFilter,
} from '../../../../pipelines/dead-letters/parse/dead-letter-summary.ts';
import type { ReplayableQueue } from '../../../../pipelines/dead-letters/queue/queue-pass.ts';
import type { OpsTarget } from '../../target/ops-target.ts';

/** The options that say which queues are meant. */
export const queueOptions = { consumer: ConsumerName.optional(), parked: z.boolean() };

/** The options that say which letters on them. */
export const filterOptions = {
  ...queueOptions,
  args: z.array(z.string()).max(1),
  reason: z.string().optional(),
  entity: z.string().optional(),
  since: z.date().optional(),
  limit: z.int(),
  dryRun: z.boolean(),
};

/** Which dead letters a command means. */
export interface MeantOptions extends Omit<DeadLetterFilter, 'messageId'> {
  readonly args?: readonly (string | undefined)[];
  readonly consumer?: ConsumerName | undefined;
}

/** What was on the queues when a filter let nothing pass. */
export interface Unmatched {
  /** How many dead letters were looked at. */
  readonly deadLetters: number;
  /** For each filter that was given, what the dead letters are instead, the most frequent first. */
  readonly here: readonly {
    readonly what: string;
    readonly values: readonly (readonly [string, number])[];
  }[];
}

const VALUES_MAX = 10;

/** Which dead letters the options mean. Remembers the others, so that a filter with a slip in it can be told. */
export class ChosenDeadLetters {
  readonly #options: MeantOptions;
  readonly #others: MessageSummary[] = [];
  #meant = 0;

  constructor(options: MeantOptions) {
    this.#options = options;
  }

  /** Whether a dead letter is meant. */
  readonly isMeant = (summary: MessageSummary): boolean => {
    const { args, consumer, reason, entity, since } = this.#options;
    const isMeant =
      passesFilter(summary, { messageId: args?.[0], reason, entity, since }) &&
      (consumer === undefined || summary.consumer === consumer);
    if (isMeant) this.#meant += 1;
    else this.#others.push(summary);
    return isMeant;
  };

  /** What there is instead, where filters let nothing pass; `undefined` where they did, or nothing was there. */
  get unmatched(): Unmatched | undefined {
    if (this.#meant > 0 || this.#others.length === 0) return undefined;
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

  /** Whether a dead letter was looked at that has this id, whatever the other filters say. */
  hasMet(messageId: string): boolean {
    return this.#meant > 0 || this.#others.some((one) => one.messageId === messageId);
  }
}

/** What there is instead, as a person wants it: `None of 20 match; reasons here: contract-violation (18), ...`. */
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

/** The queues that the options mean: the consumers' own, or the one that parked letters of both lie on. */
export function replayableQueues(
  { resources }: Pick<OpsTarget, 'resources'>,
  { consumer, parked }: { readonly consumer?: ConsumerName | undefined; readonly parked: boolean },
): readonly ReplayableQueue[] {
  if (parked) return [{ queueUrl: resources.parkedDeadLettersUrl, consumer: undefined }];
  return ConsumerName.options
    .filter((name) => consumer === undefined || name === consumer)
    .map((name) => ({ queueUrl: resources.consumers[name].deadLetterQueueUrl, consumer: name }));
}
