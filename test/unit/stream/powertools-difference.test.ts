import {
  BatchProcessor,
  EventType,
  FullBatchFailureError,
  processPartialResponse,
} from '@aws-lambda-powertools/batch';
import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { TransientError } from '../../../pipelines/errors.ts';
import {
  consumeBatch,
  consumerThat,
  contextWith,
  eventOf,
  reported,
  sequenceOf,
} from '../../builders/stream/stream-batch.ts';
import { insertOf, modifyOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';

/** The plain processor that the library offers, as its documentation shows it. */
const plain = (records: DynamoDBRecord[], handle: (record: DynamoDBRecord) => Promise<void>) =>
  processPartialResponse(eventOf(...records), handle, new BatchProcessor(EventType.DynamoDBStreams), {
    context: contextWith(1_000),
  });

const first = insertOf(orderItem({ version: 1 }));
const second = modifyOf(orderItem({ version: 1 }), orderItem({ version: 2 }));

describe('where the plain BatchProcessor differs', () => {
  it('it tries a later change of an item although the earlier one failed; ours does not', async () => {
    const tried: string[] = [];
    await plain(
      [first, second, insertOf(orderItem({ orderId: '01KJMSY7G00000000000000009' }))],
      async (record) => {
        tried.push(sequenceOf(record));
        if (record === first) throw new TransientError('sink is away');
      },
    );
    expect(tried).toContain(sequenceOf(second));

    const ours: string[] = [];
    const handle = async ({ sequenceNumber }: { sequenceNumber: string }): Promise<void> => {
      ours.push(sequenceNumber);
      throw new TransientError('sink is away');
    };
    await consumeBatch([first, second], { consumer: consumerThat({ handle }) });
    expect(ours).toEqual([sequenceOf(first)]);
  });

  it('it throws when all records failed, which makes the mapping bisect; ours reports them', async () => {
    const fail = async (): Promise<never> => Promise.reject(new TransientError('sink is away'));
    await expect(plain([first], fail)).rejects.toBeInstanceOf(FullBatchFailureError);
    expect(reported(await consumeBatch([first], { consumer: consumerThat({ handle: fail }) }))).toEqual([
      sequenceOf(first),
    ]);
  });

  it('it leaves a failed record without a sequence number out, and Lambda takes it for handled; ours fails the batch', async () => {
    const { dynamodb, ...rest } = first;
    const nameless: DynamoDBRecord = { ...rest, dynamodb: { Keys: dynamodb?.Keys ?? {} } };
    const fails = async (record: DynamoDBRecord): Promise<void> => {
      if (record === nameless) throw new TransientError('sink is away');
    };
    expect(reported(await plain([nameless, second], fails))).toEqual([]);

    const refusing = { accept: async () => Promise.reject(new TransientError('queue is away')) };
    expect(reported(await consumeBatch([nameless, second], { deadLetters: refusing }))).toEqual(['']);
  });
});
