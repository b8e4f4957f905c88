import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import pLimit from 'p-limit';
import { TTL_PRINCIPAL } from '../../../contracts/stream.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import type { TableDefinition } from '../plan/table.ts';
import type { RemovalJournal } from './removal-journal.ts';

const CHECK_INTERVAL_MS = 500;
const DELETES_AT_ONCE = 4;

/** The dependencies of expiry. */
export interface TimeToLiveDependencies {
  readonly client: DynamoDBClient;
  readonly table: Pick<TableDefinition, 'name' | 'schema'>;
  readonly ttlAttribute: string;
  readonly journal: RemovalJournal;
  readonly log: (line: string) => void;
  readonly nowMs?: () => number;
}

/** The common part of the images in stream records and the SDK's items. */
type Image = Readonly<Record<string, { readonly S?: string | undefined; readonly N?: string | undefined }>>;

interface Expiry {
  readonly key: Record<string, AttributeValue>;
  readonly atSeconds: number;
}

/**
 * Removes expired items of one table within a second or two. DynamoDB takes up to days, and DynamoDB Local does not do it in time. It
 * reads expiry times from the stream records that it observes, and those written before its start from one scan.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html.
 */
export class TimeToLive {
  readonly #deps: TimeToLiveDependencies;
  readonly #nowMs: () => number;
  readonly #expiries = new Map<string, Expiry>();
  readonly #limit = pLimit(DELETES_AT_ONCE);
  #timer: NodeJS.Timeout | undefined;
  #removing: Promise<void> = Promise.resolve();

  constructor(deps: TimeToLiveDependencies) {
    this.#deps = deps;
    this.#nowMs = deps.nowMs ?? Date.now;
  }

  /** Scans the table for existing expiry times, and starts to remove. */
  async start(): Promise<void> {
    const { client, table, ttlAttribute } = this.#deps;
    const pages = paginateScan(
      { client },
      {
        TableName: table.name,
        FilterExpression: 'attribute_exists(#ttl)',
        ExpressionAttributeNames: { '#ttl': ttlAttribute },
      },
    );
    for await (const { Items = [] } of pages)
      for (const item of Items) this.#note(item, this.#expiryOf(item));
    this.#timer = setInterval(() => this.#check(), CHECK_INTERVAL_MS);
  }

  /** Stops after the removals in progress. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#removing;
  }

  /**
   * Notes when the record's item expires. Marks the record as DynamoDB does if this class removed the item.
   * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html.
   */
  observe(record: DynamoDBRecord): DynamoDBRecord {
    const { Keys, NewImage, OldImage } = record.dynamodb ?? {};
    if (Keys === undefined) return record;
    this.#note(Keys, this.#expiryOf(NewImage));
    const expiredAt = this.#expiryOf(OldImage);
    if (record.eventName !== 'REMOVE' || expiredAt === undefined) return record;
    if (!this.#deps.journal.has({ id: this.#idOf(Keys), atSeconds: expiredAt })) return record;
    return { ...record, userIdentity: { type: 'Service', principalId: TTL_PRINCIPAL } };
  }

  #note(item: Image, atSeconds: number | undefined): void {
    const id = this.#idOf(item);
    if (atSeconds === undefined) this.#expiries.delete(id);
    else this.#expiries.set(id, { key: this.#keyOf(item), atSeconds });
  }

  #expiryOf(image: Image | undefined): number | undefined {
    const text = image?.[this.#deps.ttlAttribute]?.N;
    const seconds = text === undefined ? Number.NaN : Number(text);
    return Number.isFinite(seconds) ? seconds : undefined;
  }

  /** Keys are strings or numbers. Binary keys, which no table here has, are not supported. */
  #keyOf(item: Image): Record<string, AttributeValue> {
    const key: Record<string, AttributeValue> = {};
    for (const { AttributeName } of this.#deps.table.schema.KeySchema) {
      const { S, N } = item[AttributeName] ?? {};
      if (S !== undefined) key[AttributeName] = { S };
      else if (N !== undefined) key[AttributeName] = { N };
    }
    return key;
  }

  #idOf(item: Image): string {
    return JSON.stringify(this.#keyOf(item));
  }

  #check(): void {
    const now = this.#nowMs() / MS_PER_SECOND;
    const expired = [...this.#expiries].filter(([, { atSeconds }]) => atSeconds < now);
    for (const [id] of expired) this.#expiries.delete(id);
    const removals = expired.map(([id, expiry]) => this.#limit(() => this.#remove(id, expiry)));
    this.#removing = Promise.all([this.#removing, ...removals]).then(() => undefined);
  }

  async #remove(id: string, expiry: Expiry): Promise<void> {
    const { client, table, ttlAttribute, journal, log } = this.#deps;
    try {
      journal.add({ id, atSeconds: expiry.atSeconds });
      await client.send(
        new DeleteItemCommand({
          TableName: table.name,
          Key: expiry.key,
          // A writer who has changed the time to live since then takes precedence.
          ConditionExpression: '#ttl = :ttl',
          ExpressionAttributeNames: { '#ttl': ttlAttribute },
          ExpressionAttributeValues: { ':ttl': { N: String(expiry.atSeconds) } },
        }),
      );
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return;
      const name = error instanceof Error ? error.name : 'unknown';
      log(`An expired item could not be removed; the removal will be retried: ${name}`);
      if (!this.#expiries.has(id)) this.#expiries.set(id, expiry);
    }
  }
}
