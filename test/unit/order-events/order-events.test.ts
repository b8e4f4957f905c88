import { ProvisionedThroughputExceededException, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { SinkRefusedError, TransientError } from '../../../pipelines/errors.ts';
import { orderEventsConsumer } from '../../../pipelines/order-events/order-events.ts';
import { refusedRead } from '../../builders/cancelled.ts';
import {
  consumeBatch,
  keptDeadLetters,
  keptFailures,
  reported,
  sequenceOf,
} from '../../builders/stream/stream-batch.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { accountItem, ledgerEntryItem, orderItem, userItem } from '../../builders/values/items.ts';

const said = { message: 'Requested resource not found', $metadata: {} };
const succeeds = { handle: async () => undefined };
const failsWith = (error: Error) => ({ handle: async () => Promise.reject(error) });

describe('order-events', () => {
  it('hands each order to all of its handlers', async () => {
    const seen: string[] = [];
    const noting = (name: string) => ({
      handle: async () => {
        seen.push(name);
      },
    });
    await consumeBatch([insertOf(orderItem())], {
      consumer: orderEventsConsumer([noting('a'), noting('b')]),
    });
    expect(seen).toEqual(['a', 'b']);
  });

  it.each([userItem(), accountItem(), ledgerEntryItem()])(
    'has nothing to do with items that are no orders: $entityType',
    async (item) => {
      const deadLetters = keptDeadLetters();
      const consumer = orderEventsConsumer([failsWith(new TransientError('must not be called'))]);
      expect(reported(await consumeBatch([insertOf(item)], { consumer, deadLetters }))).toEqual([]);
      expect(deadLetters.deadLetterMessages).toEqual([]);
    },
  );

  it('lets the other handlers finish when one fails, and asks for the record again', async () => {
    let finished = false;
    const slow = {
      handle: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        finished = true;
      },
    };
    const record = insertOf(orderItem());
    const consumer = orderEventsConsumer([failsWith(new TransientError('sink is away')), slow]);
    expect(reported(await consumeBatch([record], { consumer }))).toEqual([sequenceOf(record)]);
    expect(finished).toBe(true);
  });

  it('tries a record again before it sends a dead letter, when one handler may still succeed', async () => {
    const deadLetters = keptDeadLetters();
    const consumer = orderEventsConsumer([
      failsWith(new SinkRefusedError('refused')),
      failsWith(new TransientError('sink is away')),
      succeeds,
    ]);
    const record = insertOf(orderItem());
    expect(reported(await consumeBatch([record], { consumer, deadLetters }))).toEqual([sequenceOf(record)]);
    expect(deadLetters.deadLetterMessages).toEqual([]);
  });

  it.each([
    [
      new ResourceNotFoundException(said),
      'table-missing',
      'The table does not exist: ResourceNotFoundException',
    ],
    [
      new ProvisionedThroughputExceededException(said),
      'table-throttled',
      'The table throttles requests: ProvisionedThroughputExceededException',
    ],
    [refusedRead(), 'table-refusing', 'The table refuses requests: ValidationException'],
    [Object.assign(new Error(), { name: 'TimeoutError' }), 'table-no-response', 'The table did not respond'],
  ])('names the table in what the table fails with: %s', async (error, code, message) => {
    const failures = keptFailures();
    await consumeBatch([insertOf(orderItem())], {
      failures,
      consumer: orderEventsConsumer([failsWith(error)]),
    });
    expect(failures.batches[0]?.first?.error).toMatchObject({ code, message, cause: error });
  });
});
