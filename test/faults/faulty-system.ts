import { GetQueueAttributesCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { DEMO_PARAMETERS, type DemoHooks, playDemo } from '../../infra/demo/play-demo.ts';
import { silent } from '../../infra/demo/progress.ts';
import type { Check } from '../../infra/demo/reconcile.ts';
import { superstoreSlice } from '../../infra/demo/superstore.ts';
import {
  type LocalSystem,
  type LocalSystemOptions,
  startLocalSystem,
} from '../../infra/local/system/local-system.ts';
import type { SystemLog } from '../../infra/local/system/system-log.ts';
import type { FaultOptions, FaultResult } from './fault.ts';
import { RecordCounts } from './record-counts.ts';
import { FaultNotPlayedError, until } from './until.ts';

/** So long a message is hidden after its function was killed: with the template's half an hour the run would be a day's. */
const VISIBILITY_SECONDS = '20';
const DEAD_LETTER_QUEUES = ['OrderEventsDeadLetters', 'SearchIndexDeadLetters'];

/** Breaks something and restores it. */
export type Strike = (system: LocalSystem, options: FaultOptions) => Promise<void>;

/**
 * Plays the demo with a slice of the superstore on a system of its own, strikes as soon as the first imported orders are indexed,
 * and compares everything with everything in the end.
 */
export async function playWith(
  strike: Strike,
  options: FaultOptions,
  {
    mayMailTwice,
    ...system
  }: Pick<LocalSystemOptions, 'dataDir' | 'functionEndpoints'> & Pick<DemoHooks, 'mayMailTwice'> = {},
): Promise<FaultResult> {
  const counts = new RecordCounts();
  await using started = new AsyncDisposableStack();
  const running = await startFaultySystem({ ...system, log: bothLogs(counts.log, options.log) });
  started.defer(() => running.stop());
  let indexedBefore = 0;
  let lastedMs = 0;
  const checks = await playDemo(running, await superstoreSlice(options.orders), silent, {
    mayMailTwice,
    duringImport: async () => {
      indexedBefore = await firstIndexed(running);
      if (indexedBefore >= options.orders) throw new FaultNotPlayedError('The import was over already');
      const struckAt = performance.now();
      await strike(running, options);
      lastedMs = performance.now() - struckAt;
    },
  });
  return {
    indexedBefore,
    lastedMs,
    recordsRetried: counts.retried,
    deadLetters: await deadLettersIn(running),
    differences: differencesOf(checks),
  };
}

const bothLogs =
  (one: SystemLog, other: SystemLog): SystemLog =>
  (source, line) => {
    one(source, line);
    other(source, line);
  };

/** A system whose messages come again within seconds. */
export async function startFaultySystem(options: LocalSystemOptions): Promise<LocalSystem> {
  const system = await startLocalSystem({ ...options, parameters: DEMO_PARAMETERS });
  const read = new Set(system.plan.queueMappings.map(({ queueArn }) => queueArn));
  const urls = system.plan.queues.filter(({ arn }) => read.has(arn)).map(({ url }) => url);
  const Attributes = { VisibilityTimeout: VISIBILITY_SECONDS };
  for (const QueueUrl of urls)
    await system.clients.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  return system;
}

/** Waits for the first imported orders in the index, and returns how many there are. */
export const firstIndexed = ({ clients }: LocalSystem): Promise<number> =>
  until('the first orders in the index', async () => {
    await clients.openSearch.indices.refresh({ index: 'orders' });
    const { body } = await clients.openSearch.count({ index: 'orders' });
    return body.count;
  });

/** How many dead letters the consumers have written. */
export async function deadLettersIn({ clients, names }: LocalSystem): Promise<number> {
  const counts = await Promise.all(
    DEAD_LETTER_QUEUES.map(async (queue) => {
      const { Attributes = {} } = await clients.sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: names[queue],
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      );
      return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** What does not reconcile, a line each. */
export const differencesOf = (checks: readonly Check[]): readonly string[] =>
  checks.flatMap(({ name, differences }) => differences.map(({ id, detail }) => `${name}: ${id} ${detail}`));
