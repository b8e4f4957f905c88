import type { DynamoDBStreamEvent } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InvocationResult } from '../../../infra/local/event-source-mapping/batch-delivery.ts';
import {
  type Checkpoint,
  MemoryCheckpointStore,
} from '../../../infra/local/event-source-mapping/checkpoints.ts';
import type { EventSourceMappingSettings } from '../../../infra/local/event-source-mapping/settings.ts';
import {
  failedItems,
  functionError,
  mappingRun,
  partitionOf,
  sequenceOf,
  sequencesOf,
  success,
  untilDrained,
} from '../../builders/stream/event-source-mapping.ts';
import { FakeStream } from '../../builders/stream/fake-stream.ts';
import { eventually } from '../../builders/waiting.ts';

type Outcome = 'success' | 'error' | 'throttled' | 'malformed' | { readonly failedFrom: number };

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.constantFrom<Outcome>('success', 'error', 'throttled', 'malformed'),
  fc.record({ failedFrom: fc.nat(20) }),
);
const script = fc.array(outcome, { maxLength: 60 });
const partitionKeys = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 60 });
const settings: fc.Arbitrary<Partial<EventSourceMappingSettings>> = fc.record({
  batchSize: fc.integer({ min: 1, max: 12 }),
  parallelizationFactor: fc.integer({ min: 1, max: 4 }),
  maximumRetryAttempts: fc.integer({ min: -1, max: 3 }),
  bisectBatchOnFunctionError: fc.boolean(),
  maximumBatchingWindowInSeconds: fc.constantFrom(0, 1),
});

/** What the function and the on-failure destination saw, checked against the rules as it happens. */
class Witness {
  /** Records that the function dealt with or the on-failure destination accepted, with how often. */
  readonly done = new Map<string, number>();
  readonly #keyOf: ReadonlyMap<string, string>;

  constructor(keyOf: ReadonlyMap<string, string>) {
    this.#keyOf = keyOf;
  }

  noteDone(sequenceNumbers: readonly string[]): void {
    for (const one of sequenceNumbers) this.done.set(one, (this.done.get(one) ?? 0) + 1);
  }

  /** No record is sent before every earlier one of its key is done or sent with it. */
  checkOrder(event: DynamoDBStreamEvent): void {
    const together = new Set<string>();
    for (const record of event.Records) {
      const earlier = this.#upTo(sequenceOf(record)).filter(
        (one) => this.#keyOf.get(one) === partitionOf(record),
      );
      expect(earlier.filter((one) => !this.done.has(one) && !together.has(one))).toEqual([]);
      together.add(sequenceOf(record));
    }
  }

  /** No checkpoint is written at or after a record that is not done. */
  checkCheckpoint(checkpoint: Checkpoint): void {
    if (checkpoint.position !== 'after') return;
    const passed = [...this.#upTo(checkpoint.sequenceNumber), checkpoint.sequenceNumber];
    expect(passed.filter((one) => !this.done.has(one))).toEqual([]);
  }

  #upTo(sequenceNumber: string): string[] {
    return [...this.#keyOf.keys()].filter((one) => one < sequenceNumber);
  }
}

/** A checkpoint store that a witness watches. */
class WatchedCheckpoints extends MemoryCheckpointStore {
  readonly #witness: Witness;
  constructor(witness: Witness) {
    super();
    this.#witness = witness;
  }
  override async write(mappingId: string, shardId: string, checkpoint: Checkpoint): Promise<void> {
    this.#witness.checkCheckpoint(checkpoint);
    await super.write(mappingId, shardId, checkpoint);
  }
}

const filled = (keys: readonly string[]) => {
  const stream = new FakeStream();
  stream.addShard('shard-1');
  return { stream, keyOf: new Map(keys.map((key) => [stream.put(key), key])) };
};

/** Responds by the script, then with success; the witness gets what is done of each batch. */
const scripted = (outcomes: readonly Outcome[], witness: Witness, reportsFailures: string[]) => {
  const remaining = [...outcomes];
  return (event: DynamoDBStreamEvent): InvocationResult => {
    try {
      witness.checkOrder(event);
    } catch (error) {
      reportsFailures.push(String(error));
    }
    const next = remaining.shift() ?? 'success';
    const sequences = sequencesOf(event);
    if (next === 'error') return functionError();
    if (next === 'throttled') return { outcome: 'throttled' };
    if (next === 'malformed') return failedItems('');
    const failedFrom = next === 'success' ? sequences.length : next.failedFrom % sequences.length;
    witness.noteDone(sequences.slice(0, failedFrom));
    return failedFrom === sequences.length
      ? success()
      : failedItems(...sequences.slice(failedFrom).toReversed());
  };
};

describe('for any responses of the function', () => {
  it('each record is handled or given up once, in the order of its key, and no checkpoint passes one that is not', async () => {
    await fc.assert(
      fc.asyncProperty(partitionKeys, script, settings, async (keys, outcomes, overrides) => {
        const { stream, keyOf } = filled(keys);
        const witness = new Witness(keyOf);
        const broken: string[] = [];
        const run = mappingRun(overrides, scripted(outcomes, witness, broken), {
          stream,
          checkpoints: new WatchedCheckpoints(witness),
          onFailure: async ({ event, pointers }) => {
            witness.noteDone(sequencesOf(event));
            const { maximumRetryAttempts = -1 } = overrides;
            expect(maximumRetryAttempts).not.toBe(-1);
            expect(pointers.requestContext.approximateInvokeCount).toBeGreaterThan(maximumRetryAttempts);
          },
        });
        await run.mapping.start();
        await untilDrained(run.mapping);
        await run.mapping.stop();
        expect(broken).toEqual([]);
        expect(run.log.messages.filter((message) => message.includes('checkpoint'))).toEqual([]);
        expect(witness.done).toEqual(new Map([...keyOf.keys()].map((one) => [one, 1])));
        expect(Math.max(...run.batches().map((batch) => batch.length))).toBeLessThanOrEqual(
          overrides.batchSize ?? 0,
        );
      }),
      { numRuns: 150 },
    );
  });

  it('no record is lost when the mapping is stopped at any moment and another one continues', async () => {
    await fc.assert(
      fc.asyncProperty(
        partitionKeys,
        script,
        settings,
        fc.nat(20),
        async (keys, outcomes, overrides, stopAfter) => {
          const { stream, keyOf } = filled(keys);
          const witness = new Witness(keyOf);
          const checkpoints = new WatchedCheckpoints(witness);
          const onFailure = async ({ event }: { event: DynamoDBStreamEvent }) =>
            witness.noteDone(sequencesOf(event));
          const respond = scripted(outcomes, witness, []);
          const first = mappingRun(overrides, respond, { stream, checkpoints, onFailure });
          await first.mapping.start();
          const began = first.mapping.moment();
          await eventually(() =>
            expect(first.batches().length >= stopAfter || first.mapping.drainedSince(began)).toBe(true),
          );
          await first.mapping.stop();
          const second = mappingRun(overrides, respond, { stream, checkpoints, onFailure });
          await second.mapping.start();
          await untilDrained(second.mapping);
          await second.mapping.stop();
          expect([...witness.done.keys()].toSorted()).toEqual([...keyOf.keys()]);
        },
      ),
      { numRuns: 75 },
    );
  });
});
