import { type PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it, vi } from 'vitest';
import { ConsumerDeadLetter } from '../../../contracts/dead-letters/consumer-dead-letter.ts';
import { Instant } from '../../../contracts/ids.ts';
import { systemClock } from '../../../pipelines/core/clock.ts';
import { DeadLetterQueue } from '../../../pipelines/core/dead-letter-queue.ts';
import { ContractViolationError, DeadLetterRefusedError } from '../../../pipelines/core/errors.ts';
import { orderItem } from '../../builders/items.ts';
import { insertOf } from '../../builders/stream-record.ts';

type Refusal = (id: number) => string | undefined;

/** A queue and a bucket that keep what they are sent, but for the entries that `refusal` names with a code. */
function keptQueue(refusal: Refusal = () => undefined) {
  const bodies: string[] = [];
  const requests: number[] = [];
  const objects = new Map<string, string>();
  const sqs = new SQSClient({ region: 'eu-central-1' });
  vi.spyOn(sqs, 'send').mockImplementation(async (command: unknown) => {
    const entries = (command as SendMessageBatchCommand).input.Entries ?? [];
    requests.push(entries.length);
    const refused = entries.flatMap(({ Id }, index) =>
      refusal(index) === undefined ? [] : [{ Id, Code: refusal(index), SenderFault: false }],
    );
    const taken = entries.filter((_, index) => refusal(index) === undefined);
    bodies.push(...taken.map(({ MessageBody }) => MessageBody ?? ''));
    return { Successful: taken.map(({ Id }) => ({ Id })), Failed: refused };
  });
  const s3 = new S3Client({ region: 'eu-central-1' });
  vi.spyOn(s3, 'send').mockImplementation(async (command: unknown) => {
    const { Key, Body } = (command as PutObjectCommand).input;
    objects.set(Key ?? '', String(Body));
    return {};
  });
  const queue = new DeadLetterQueue({
    sqs,
    s3,
    queueUrl: 'http://queue',
    bucket: 'letters',
    consumer: 'order-events',
    clock: systemClock,
  });
  return { queue, bodies, requests, objects };
}

const poison = (record: unknown) => ({
  record,
  error: new ContractViolationError('broken', [{ path: 'NewImage.total', message: 'expected number' }]),
  firstSeenAt: Instant.parse('2026-03-01T12:00:00.000Z'),
  attempts: 1,
});

const { signal } = new AbortController();

describe('a dead letter', () => {
  it('holds the record whole, with the reason and its fields', async () => {
    const { queue, bodies } = keptQueue();
    const record = insertOf(orderItem());
    await queue.accept(poison(record), signal);
    const letter = ConsumerDeadLetter.parse(JSON.parse(bodies[0] ?? ''));
    expect(letter).toMatchObject({
      consumer: 'order-events',
      reason: {
        code: 'contract-violation',
        issues: [{ path: 'NewImage.total', message: 'expected number' }],
      },
      sequenceNumber: record.dynamodb?.SequenceNumber,
      record,
    });
  });

  it('too large for a message lies in the bucket, and the message says where', async () => {
    const { queue, bodies, objects } = keptQueue();
    const record = { eventID: 'e/1', dynamodb: { NewImage: { blob: { S: '"'.repeat(600_000) } } } };
    await queue.accept(poison(record), signal);
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({
      recordAt: { bucket: 'letters', key: 'records/order-events/e%2F1.json' },
    });
    expect(JSON.parse(objects.get('records/order-events/e%2F1.json') ?? '')).toEqual(record);
  });

  it('survives the two characters that SQS refuses', async () => {
    const { queue, bodies } = keptQueue();
    await queue.accept(poison({ text: 'a\uFFFEb\uFFFFc' }), signal);
    expect(bodies[0]).not.toMatch(/[\uFFFE\uFFFF]/);
    expect(JSON.parse(bodies[0] ?? '').record).toEqual({ text: 'a\uFFFEb\uFFFFc' });
  });

  it('travels with up to nine others in one request', async () => {
    const { queue, requests } = keptQueue();
    await Promise.all(Array.from({ length: 25 }, (_, index) => queue.accept(poison({ index }), signal)));
    expect(requests).toEqual([10, 10, 5]);
  });

  it('that the queue refuses fails by itself', async () => {
    const { queue, bodies } = keptQueue((index) => (index === 1 ? 'InternalError' : undefined));
    const outcomes = await Promise.allSettled(
      [0, 1, 2].map((index) => queue.accept(poison({ index }), signal)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: expect.any(DeadLetterRefusedError) });
    expect(bodies).toHaveLength(2);
  });
});
