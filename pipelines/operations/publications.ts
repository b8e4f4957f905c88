import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { OrderNotification } from '../../contracts/events/order-notification.ts';
import { type OrderId, Version } from '../../contracts/ids.ts';
import { PublicationItem, publicationKey } from '../../contracts/operations/operations-items.ts';
import { parse } from '../../contracts/reading.ts';
import { MS_PER_DAY } from '../../contracts/units.ts';
import { withRetry } from '../aws/retry.ts';
import { namedSinkError, OPERATIONS_TABLE, SinkUnavailableError } from '../aws/sink-errors.ts';
import { type Clock, instantOf } from '../clock.ts';
import { batchRetry } from '../dynamodb/batches.ts';
import { ttlOf } from '../dynamodb/expiry.ts';
import { readItemsUnder } from '../dynamodb/query-items.ts';

/** The `DynamoDBClient` methods that publications use. */
export interface PublicationsDeps {
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  /** The OperationsTable. */
  readonly operationsTableName: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Days from an order's final status until it expires; see `OrderRetention`. 0 or absent: it never does. */
  readonly orderRetentionDays?: number;
}

/** An event that the topic has accepted, and the id that SNS gave it. */
export interface Published {
  readonly event: OrderNotification;
  readonly messageId: string;
}

/**
 * How long a publication is known, in days, beside the retention. The time of an order's final status is not known before: the history of
 * one that gets it within these days is complete until the order expires.
 */
const KEPT_DAYS = 400;

/** What the topic has accepted: an item for each event, of one write unit. */
export class Publications {
  readonly #deps: PublicationsDeps;

  constructor(deps: PublicationsDeps) {
    this.#deps = deps;
  }

  /**
   * Records at most 25 events in one request. What the table does not process is sent again. An event that is published again is
   * recorded again, with its latest message.
   *
   * @throws SinkUnavailableError when the table did not take all of them; the SDK's own error otherwise.
   */
  async record(published: readonly Published[], signal: AbortSignal): Promise<void> {
    // A request must not name a key twice.
    const items = new Map(published.map((one) => [one.event.id, this.#itemOf(one)]));
    let requests = [...items.values()].map((item) => ({ PutRequest: { Item: marshall(item) } }));
    const { dynamoDb, operationsTableName } = this.#deps;
    const writeRest = async (): Promise<void> => {
      const { UnprocessedItems } = await dynamoDb.send(
        new BatchWriteItemCommand({ RequestItems: { [operationsTableName]: requests } }),
        { abortSignal: signal },
      );
      requests = (UnprocessedItems?.[operationsTableName] ?? []).flatMap(({ PutRequest }) =>
        PutRequest?.Item === undefined ? [] : [{ PutRequest: { Item: PutRequest.Item } }],
      );
      if (requests.length > 0) throw new SinkUnavailableError(OPERATIONS_TABLE, 'throttled');
    };
    try {
      if (requests.length > 0) await withRetry(writeRest, batchRetry(signal));
    } catch (error) {
      throw namedSinkError(error, OPERATIONS_TABLE);
    }
  }

  #itemOf({ event, messageId }: Published): PublicationItem {
    const { clock, orderRetentionDays = 0 } = this.#deps;
    const now = clock.now();
    const expiresAt = new Date(now.getTime() + (KEPT_DAYS + orderRetentionDays) * MS_PER_DAY);
    return {
      ...publicationKey(event.data.orderId, event.id),
      entityType: 'Publication',
      orderId: event.data.orderId,
      orderVersion: parse(Version, Number(event.sequence)),
      messageId,
      publishedAt: instantOf(now),
      time: event.time,
      data: ownData(event),
      ttl: ttlOf(instantOf(expiresAt)),
    };
  }
}

/** What the data of an event has that its order does not keep: what a backfill cannot take from the order. */
function ownData({ data }: OrderNotification): NonNullable<PublicationItem['data']> {
  const { orderId, userId, total, currency, lines, placedAt, ...own } = data;
  return own;
}

/** The publications of an order by the event's id, in no order. Strongly consistent. @throws the SDK's own errors. */
export async function readPublications(
  { dynamoDb, operationsTableName }: Pick<PublicationsDeps, 'dynamoDb' | 'operationsTableName'>,
  orderId: OrderId,
): Promise<ReadonlyMap<string, PublicationItem>> {
  const key = publicationKey(orderId, '');
  const items = await readItemsUnder(dynamoDb, {
    tableName: operationsTableName,
    key,
    schema: PublicationItem,
  });
  return new Map(items.map((item) => [item.sk.slice(key.sk.length), item]));
}
