import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { withRetry } from '../../../pipelines/aws/retry.ts';
import { TransientError } from '../../../pipelines/errors.ts';
import type { SearchIndex } from '../../../pipelines/search/indexing/search-index.ts';
import { decodeChange } from '../../../pipelines/stream/decode.ts';
import { orderIdOf } from '../../builders/stream/order-life.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';

/** As the mapping would deliver it again. */
const REDELIVERY = { attemptsMax: 20, delayMsBase: 20, delayMsMax: 500, budgetMs: 30_000 };
const FIRST_VERSION = 1_772_366_400_000_000;
const VERSIONS_BETWEEN_LIVES = 1_000;

/** Orders that are written, changed and deleted all the time, one write of an order after the other, each through the consumer. */
export class WrittenOrders {
  readonly #dynamoDb: DynamoDBClient;
  readonly #tableName: string;
  readonly #consumers: readonly SearchIndex[];
  readonly #orders = new Map<string, OrderItem>();
  readonly #versions = new Map<string, number>();
  /** The newest version of each order that the index has acknowledged, and the newest removal that was begun. */
  readonly #acknowledged = new Map<string, number>();
  readonly #removals = new Map<string, number>();
  writes = 0;

  constructor(dynamoDb: DynamoDBClient, tableName: string, consumers: readonly SearchIndex[]) {
    this.#dynamoDb = dynamoDb;
    this.#tableName = tableName;
    this.#consumers = consumers;
  }

  /** The orders that are there, with their versions. */
  versions(): ReadonlyMap<string, number> {
    return new Map([...this.#orders].map(([id, { version }]) => [id, version]));
  }

  /** What a reader may find of an order from now on: nothing older than this. */
  promised(id: string): number {
    return this.#acknowledged.get(id) ?? 0;
  }

  /** What is wrong with the version that a reader found, who was promised one before; `undefined` where nothing is. */
  fault(id: string, promised: number, found: number | undefined): string | undefined {
    if (found !== undefined) return found < promised ? `${id} is ${found} and was ${promised}` : undefined;
    const mayBeMissing = promised === 0 || (this.#removals.get(id) ?? 0) >= promised;
    return mayBeMissing ? undefined : `${id} is missing and was ${promised}`;
  }

  /** Writes the order of that number: creates it where it does not exist, else changes or deletes it. */
  async write(number: number): Promise<void> {
    const id = orderIdOf(number);
    const before = this.#orders.get(id);
    const last = this.#versions.get(id);
    const consumer = this.#consumers[this.writes % this.#consumers.length];
    this.writes += 1;
    if (before === undefined) {
      const order = orderItem({
        orderId: id,
        version: last === undefined ? FIRST_VERSION : last + VERSIONS_BETWEEN_LIVES,
      });
      await this.#put(order);
      await this.#consume(consumer, insertOf(order), id, order.version);
    } else if (this.writes % 3 === 0) {
      const version = before.version + 1;
      this.#removals.set(id, version);
      await this.#dynamoDb.send(
        new DeleteItemCommand({
          TableName: this.#tableName,
          Key: marshall({ pk: before.pk, sk: before.sk }),
        }),
      );
      this.#orders.delete(id);
      this.#versions.set(id, version);
      await this.#consume(consumer, removeOf(before), id, version);
    } else {
      const order = orderItem({ orderId: id, status: 'confirmed', version: before.version + 1 });
      await this.#put(order);
      await this.#consume(consumer, modifyOf(before, order), id, order.version);
    }
  }

  async #put(order: OrderItem): Promise<void> {
    const Item = marshall(order, { removeUndefinedValues: true });
    await this.#dynamoDb.send(new PutItemCommand({ TableName: this.#tableName, Item }));
    this.#orders.set(order.orderId, order);
    this.#versions.set(order.orderId, order.version);
  }

  async #consume(
    consumer: SearchIndex | undefined,
    record: DynamoDBRecord,
    id: string,
    version: number,
  ): Promise<void> {
    const { signal } = new AbortController();
    await withRetry(async () => consumer?.handle(decodeChange(record), signal), {
      policy: REDELIVERY,
      isRetryable: (error) => error instanceof TransientError,
    });
    this.#acknowledged.set(id, version);
  }
}
