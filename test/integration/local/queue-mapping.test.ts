import { randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { InvocationResult } from '../../../infra/local/event-source-mapping/event-source-mapping.ts';
import { LOCAL_REGION } from '../../../infra/local/machine/region.ts';
import { QueueMapping } from '../../../infra/local/queue-mapping/queue-mapping.ts';
import type { QueueMappingSettings } from '../../../infra/local/queue-mapping/settings.ts';
import { localSqs } from '../parts/clients.ts';

const sqs = localSqs();
const VISIBILITY_TIMEOUT_SECONDS = 30;
const success = (payload: unknown = null): InvocationResult => ({ outcome: 'success', payload });
const failed: InvocationResult = { outcome: 'function-error', errorType: 'Error', payload: null };
const failures = (...itemIdentifiers: unknown[]) => ({
  batchItemFailures: itemIdentifiers.map((itemIdentifier) => ({ itemIdentifier })),
});
const arnOf = (name: string) => `arn:aws:sqs:${LOCAL_REGION}:000000000000:${name}`;

async function queue(attributes: Record<string, string> = {}) {
  const name = `queue-${randomUUID()}`;
  const { QueueUrl = '' } = await sqs.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: { VisibilityTimeout: String(VISIBILITY_TIMEOUT_SECONDS), ...attributes },
    }),
  );
  return { url: QueueUrl, arn: arnOf(name) };
}
/** A queue whose messages soon come again, but not before a busy machine has deleted those that were handled. */
const fastQueue = (attributes: Record<string, string> = {}) =>
  queue({ VisibilityTimeout: '4', ...attributes });
async function send(queueUrl: string, ...bodies: string[]): Promise<void> {
  await sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: queueUrl,
      Entries: bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
    }),
  );
}

interface Run {
  readonly invoke: (event: SQSEvent) => Promise<InvocationResult>;
  readonly source?: Awaited<ReturnType<typeof queue>>;
  readonly settings?: Partial<QueueMappingSettings>;
  readonly bodies?: readonly string[];
}

/** Starts a mapping on a queue that holds the bodies, and remembers what the function was given. */
async function run({ invoke, source, settings = {}, bodies = ['a', 'b', 'c'] }: Run) {
  const { url, arn } = source ?? (await queue());
  await send(url, ...bodies);
  const events: SQSEvent[] = [];
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const mapping = new QueueMapping({
    settings: {
      functionName: 'Function',
      functionTimeoutSeconds: 1,
      queueArn: arn,
      queueUrl: url,
      visibilityTimeoutSeconds: VISIBILITY_TIMEOUT_SECONDS,
      batchSize: 10,
      maximumBatchingWindowInSeconds: 0,
      maximumConcurrency: 2,
      reportBatchItemFailures: true,
      ...settings,
    },
    sqs,
    invoke: (event) => {
      events.push(event);
      return invoke(event);
    },
    log,
  });
  onTestFinished(() => mapping.stop());
  mapping.start();
  const bodiesGiven = () => events.map(({ Records }) => Records.map(({ body }) => body));
  const isDrained = () => expect.poll(() => mapping.waiting()).toBe(0);
  return { mapping, events, bodiesGiven, isDrained, url, arn, log };
}

describe('a mapping on a queue', () => {
  it("hands a message over in Lambda's shape", async () => {
    const source = await queue();
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: source.url,
        MessageBody: 'hello',
        MessageAttributes: {
          type: { DataType: 'String', StringValue: 'order.placed' },
          raw: { DataType: 'Binary', BinaryValue: Buffer.from('raw') },
        },
      }),
    );
    const { events, isDrained } = await run({ source, invoke: async () => success(), bodies: ['other'] });
    await isDrained();
    expect(events.flatMap(({ Records }) => Records).find(({ body }) => body === 'hello')).toEqual({
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      receiptHandle: expect.stringMatching(/./),
      body: 'hello',
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: expect.any(String),
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      messageAttributes: {
        type: {
          stringValue: 'order.placed',
          stringListValues: [],
          binaryListValues: [],
          dataType: 'String',
        },
        raw: { binaryValue: 'cmF3', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
      },
      md5OfBody: '5d41402abc4b2a76b9719d911017c592',
      md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventSource: 'aws:sqs',
      eventSourceARN: source.arn,
      awsRegion: LOCAL_REGION,
    });
  });

  it('takes a batch off the queue that the function has handled', async () => {
    const { bodiesGiven, isDrained } = await run({ invoke: async () => success(failures()) });
    await isDrained();
    expect(bodiesGiven()).toEqual([['a', 'b', 'c']]);
  });

  it('leaves what is reported as failed, and only that, to come again', async () => {
    const { bodiesGiven, isDrained } = await run({
      source: await fastQueue(),
      invoke: async ({ Records }) =>
        success(
          failures(
            ...Records.filter(
              ({ body, attributes }) => body === 'b' && attributes.ApproximateReceiveCount === '1',
            ).map(({ messageId }) => messageId),
          ),
        ),
    });
    await isDrained();
    expect(bodiesGiven()).toEqual([['a', 'b', 'c'], ['b']]);
  });

  it.each<[string, InvocationResult]>([
    ['an identifier is empty', success(failures(''))],
    ['an identifier is null', success(failures(null))],
    ['an identifier is not of the batch', success(failures(randomUUID()))],
    ['the function throws', failed],
    ['the function is throttled', { outcome: 'throttled' }],
  ])('leaves all to come again when %s', async (_name, first) => {
    const { events, isDrained } = await run({
      source: await fastQueue(),
      invoke: async () => (events.length === 1 ? first : success()),
    });
    await isDrained();
    expect(
      events
        .slice(1)
        .flatMap(({ Records }) => Records.map(({ body }) => body))
        .toSorted(),
    ).toEqual(['a', 'b', 'c']);
  });

  it('ignores the response where it does not report failures', async () => {
    const { events, isDrained } = await run({
      settings: { reportBatchItemFailures: false },
      invoke: async () => success(failures('')),
    });
    await isDrained();
    expect(events).toHaveLength(1);
  });

  it('leaves a message that fails again and again to the redrive policy', async () => {
    const deadLetterMessages = await queue();
    const source = await fastQueue({
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetterMessages.arn, maxReceiveCount: 2 }),
    });
    const { events, isDrained } = await run({ source, bodies: ['poison'], invoke: async () => failed });
    await isDrained();
    expect(events).toHaveLength(2);
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: deadLetterMessages.url }));
    expect(Messages?.[0]?.Body).toBe('poison');
  });

  it('gathers a batch of more than one read in its window', async () => {
    const source = await queue();
    await send(source.url, ...Array.from({ length: 10 }, (_, index) => String(index)));
    const { events, isDrained } = await run({
      source,
      settings: { batchSize: 13, maximumBatchingWindowInSeconds: 60 },
      invoke: async () => success(),
    });
    await isDrained();
    expect(events.map(({ Records }) => Records.length)).toEqual([13]);
  });

  it('has at most as many concurrent invocations as it may', async () => {
    const release = Promise.withResolvers<void>();
    let running = 0;
    let runningMax = 0;
    const { events, isDrained } = await run({
      settings: { batchSize: 1 },
      invoke: async () => {
        running += 1;
        runningMax = Math.max(runningMax, running);
        await release.promise;
        running -= 1;
        return success();
      },
    });
    await expect.poll(() => running).toBe(2);
    release.resolve();
    await isDrained();
    expect([events.length, runningMax]).toEqual([3, 2]);
  });

  it('ends when the running invocation has, and has then deleted what it handled', async () => {
    const release = Promise.withResolvers<void>();
    const { mapping, events } = await run({
      invoke: async () => {
        await release.promise;
        return success();
      },
    });
    await expect.poll(() => events.length).toBe(1);
    const stopped = mapping.stop();
    release.resolve();
    await stopped;
    expect(await mapping.waiting()).toBe(0);
  });
});
