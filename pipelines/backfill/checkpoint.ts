import { createHash } from 'node:crypto';
import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { NotificationType } from '../../contracts/events/order-notification.ts';
import type { Instant } from '../../contracts/ids.ts';
import {
  BACKFILL_TTL_SECONDS,
  BackfillItem,
  backfillKey,
  type PendingOrder,
} from '../../contracts/operations/operations-items.ts';
import type { OrderStatus } from '../../contracts/order-status.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { isRetryable } from '../aws/aws-errors.ts';
import { CONFLICT_RETRY, withRetry } from '../aws/retry.ts';
import { type Clock, instantOf } from '../clock.ts';
import { commit } from '../dynamodb/commit.ts';
import { readItem } from '../dynamodb/read-items.ts';

/** Which events a backfill sends: those that match all of the filters. */
export interface BackfillFilter {
  /** All types without it. */
  readonly types?: readonly NotificationType[] | undefined;
  /** All statuses without it; the status is the event's, not the order's current one. */
  readonly statuses?: readonly OrderStatus[] | undefined;
  /** `at`: the time of the earliest event. `text`: as it was asked for. An age means another time in each run, and yet the same backfill. */
  readonly since?: { readonly text: string; readonly at: Instant } | undefined;
}

/** How far a backfill is. */
export interface BackfillProgress
  extends Pick<BackfillItem, 'startedAt' | 'since' | 'next' | 'isScanned' | 'counts'> {
  readonly pending: readonly PendingOrder[];
}

/** What a checkpoint is stored with, and what it is of. */
export interface BackfillCheckpointDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly operationsTableName: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly queueArn: string;
  readonly filter: BackfillFilter;
}

const HASH_LENGTH = 16;

/** The checkpoint of the backfill of a queue with some filters. The same queue with other filters has another one. */
export class BackfillCheckpoint {
  readonly #deps: BackfillCheckpointDeps;
  readonly #key: ReturnType<typeof backfillKey>;

  constructor(deps: BackfillCheckpointDeps) {
    this.#deps = deps;
    const { types = [], statuses = [], since } = deps.filter;
    const filters = JSON.stringify([types.toSorted(), statuses.toSorted(), since?.text ?? '']);
    this.#key = backfillKey(
      deps.queueArn,
      createHash('sha256').update(filters).digest('hex').slice(0, HASH_LENGTH),
    );
  }

  /** @throws ContractViolationError; the SDK's own errors. */
  read(): Promise<BackfillProgress | undefined> {
    const { dynamoDb, operationsTableName: tableName } = this.#deps;
    return readItem(dynamoDb, { tableName, key: this.#key, schema: BackfillItem });
  }

  /** Of two runs at once the last write stays; it is of one of them, so that nothing is passed over. @throws the SDK's own errors. */
  async write({ startedAt, since, next, isScanned, pending, counts }: BackfillProgress): Promise<void> {
    const now = this.#deps.clock.now();
    const item: BackfillItem = {
      ...this.#key,
      entityType: 'Backfill',
      ...{ startedAt, since, next, isScanned, counts },
      pending: [...pending],
      updatedAt: instantOf(now),
      ttl: Math.ceil(now.getTime() / MS_PER_SECOND) + BACKFILL_TTL_SECONDS,
    };
    const { operationsTableName: TableName } = this.#deps;
    await this.#commit({ Put: { TableName, Item: marshall(item, { removeUndefinedValues: true }) } });
  }

  /** @throws the SDK's own errors. */
  async remove(): Promise<void> {
    const { operationsTableName: TableName } = this.#deps;
    await this.#commit({ Delete: { TableName, Key: marshall(this.#key) } });
  }

  async #commit(action: TransactWriteItem): Promise<void> {
    const { dynamoDb } = this.#deps;
    await withRetry(() => commit(dynamoDb, [action]), { policy: CONFLICT_RETRY, isRetryable });
  }
}
