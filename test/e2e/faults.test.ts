import { GetObjectCommand } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from 'vitest';
import { LambdaOnFailure } from '../../contracts/dead-letters/lambda-on-failure.ts';
import { ObjectCreatedNotification } from '../../contracts/imports/object-notification.ts';
import { Api } from '../../infra/demo/api.ts';
import { DEMO_PARAMETERS, playDemo } from '../../infra/demo/play-demo.ts';
import { silent } from '../../infra/demo/progress.ts';
import type { Check } from '../../infra/demo/reconcile.ts';
import { superstoreSlice } from '../../infra/demo/superstore.ts';
import { type LocalSystem, startLocalSystem } from '../../infra/local/system/local-system.ts';
import { until } from '../builders/waiting.ts';
import { cutInvocations, isInvoking, shardsOf } from './invocations.ts';

const ORDERS = 300;
const CUTS = 2;
const CONSUMERS = [
  ['OrderEventsMapping', 'OrderEventsFunction'],
  ['SearchIndexMapping', 'SearchIndexFunction'],
] as const;

let system: LocalSystem | undefined;
let log: string[] = [];
afterEach(async () => {
  await system?.stop();
  system = undefined;
});

async function started(parameters: Readonly<Record<string, string>> = {}): Promise<LocalSystem> {
  log = [];
  system = await startLocalSystem({
    parameters: { ...DEMO_PARAMETERS, ...parameters },
    log: (source, line) => log.push(`${source} ${line}`),
  });
  return system;
}

const retriesOf = (running: LocalSystem, mapping: string): number =>
  shardsOf(running, mapping).reduce((sum, { retries }) => sum + retries, 0);

async function indexedOrders({ clients }: LocalSystem): Promise<number> {
  await clients.openSearch.indices.refresh({ index: 'orders' });
  const { body } = await clients.openSearch.count({ index: 'orders' });
  return body.count;
}

async function deadLettersOf({ clients, names }: LocalSystem, queue: string): Promise<readonly unknown[]> {
  const { Messages = [] } = await clients.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: names[queue] ?? '', WaitTimeSeconds: 1, VisibilityTimeout: 0 }),
  );
  return Messages.map(({ Body }) => JSON.parse(Body ?? ''));
}

async function createUser(running: LocalSystem, userId: string): Promise<void> {
  const body = { userId, name: 'Ada Example', email: 'ada@example.com' };
  await (await Api.of(running)).call('POST', '/users', body);
}

const isIndexed = async ({ clients }: LocalSystem, userId: string): Promise<boolean> =>
  (await clients.openSearch.exists({ index: 'users', id: userId })).body;

const differencesOf = (checks: readonly Check[]) => checks.flatMap(({ differences }) => differences);

/** Kills OpenSearch once something is in its index, and starts it again once the mapping has missed it. Gives what was in it. */
async function interruptOpenSearch(running: LocalSystem): Promise<number> {
  const indexed = await until(() => indexedOrders(running));
  await running.parts.openSearch.kill();
  await until(() => retriesOf(running, 'SearchIndexMapping') > 0);
  await running.parts.openSearch.restart();
  return indexed;
}

/** Ends a consumer's process in the middle of its batches. */
const cutBatches = (running: LocalSystem, mapping: string, consumer: string): Promise<boolean> =>
  until(async () => {
    if (isInvoking(running, mapping)) await running.restartFunction(consumer);
    return cutInvocations(log, mapping) >= CUTS;
  });

describe('an import during which OpenSearch is killed and the consumers are ended in the middle of their batches', () => {
  it('loses nothing, sends nothing to the dead-letter queue, and reconciles', async () => {
    let indexedBefore = 0;
    const checks = await playDemo(await started(), await superstoreSlice(ORDERS), silent, {
      duringImport: async (running) => {
        const cutting = CONSUMERS.map(([mapping, consumer]) => cutBatches(running, mapping, consumer));
        const interrupting = interruptOpenSearch(running);
        await Promise.all([...cutting, interrupting]);
        indexedBefore = await interrupting;
      },
    });
    expect(indexedBefore).toBeLessThan(ORDERS);
    expect(differencesOf(checks)).toEqual([]);
  });
});

describe('a record that fails for ever', () => {
  it('reaches the dead-letter queue with its complete batch, and the shard continues', async () => {
    const running = await started({ MaximumRetryAttempts: '2', BatchingWindowSeconds: '0' });
    await running.parts.openSearch.kill();
    await createUser(running, 'given-up');
    const [message] = await until(async () => {
      const messages = await deadLettersOf(running, 'SearchIndexDeadLetters');
      return messages.length > 0 && messages;
    });
    const { s3 } = ObjectCreatedNotification.parse(message).Records[0] ?? {};
    const stored = await running.clients.s3.send(
      new GetObjectCommand({ Bucket: s3?.bucket.name, Key: decodeURIComponent(s3?.object.key ?? '') }),
    );
    const failure = LambdaOnFailure.parse(JSON.parse((await stored.Body?.transformToString()) ?? ''));
    expect(failure.requestContext).toMatchObject({
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 3,
    });
    expect(String(failure.payload)).toContain('USER#given-up');

    await running.parts.openSearch.restart();
    await createUser(running, 'next');
    await until(() => isIndexed(running, 'next'));
    expect(await isIndexed(running, 'given-up')).toBe(false);
  });
});
