import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { Instant } from '../../contracts/ids.ts';
import {
  DeadLetterItem,
  OPEN_PARTITIONS,
  openPartition,
} from '../../contracts/operations/operations-items.ts';
import { read } from '../../contracts/reading.ts';
import { ConsumerName } from '../../contracts/stream.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { instantOf } from '../clock.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';

/** The open dead letters of a consumer that have one cause. */
export interface OpenCause {
  readonly consumer: ConsumerName;
  readonly code: string;
  readonly message: string;
  readonly waiting: number;
  readonly parked: number;
  /** Of all, when the first and the last failed. */
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  /** Failed at `recentSince` or later. */
  readonly recent: number;
  /** When the first of them expires, on its queue and in the store. */
  readonly keptUntil: Instant;
}

const OpenItem = DeadLetterItem.pick({
  consumer: true,
  state: true,
  causeId: true,
  reason: true,
  failedAt: true,
  ttl: true,
}).extend({ reason: z.object({ code: z.string(), message: z.string() }), failedAt: Instant });
type OpenItem = z.infer<typeof OpenItem>;

/** The most pages that are read of a partition: a count beyond them takes longer than a status may. */
const PAGES_MAX = 10;

/**
 * Counts the open dead letters by consumer and cause, from the index `open`. It reads at most ten pages of each of the index's
 * partitions, some 100,000 dead letters.
 *
 * @throws the SDK's own errors.
 */
export async function openDeadLetters(
  {
    dynamoDb,
    operationsTableName,
  }: { readonly dynamoDb: DynamoDBClient; readonly operationsTableName: string },
  { now, recentSince }: { readonly now: Instant; readonly recentSince: Instant },
  abortSignal?: AbortSignal,
): Promise<readonly OpenCause[]> {
  const partitions = ConsumerName.options.flatMap((consumer) =>
    Array.from({ length: OPEN_PARTITIONS }, (_, n) => openPartition(consumer, n)),
  );
  const items = await Promise.all(
    partitions.map((partition) => openIn(dynamoDb, operationsTableName, partition, abortSignal)),
  );
  // DynamoDB deletes an expired item only within days.
  const present = items.flat().filter(({ ttl }) => ttl * MS_PER_SECOND > Date.parse(now));
  const byCause = Map.groupBy(present, ({ consumer, causeId }) => `${consumer} ${causeId}`);
  return [...byCause.values()].flatMap((members) => causeOf(members, recentSince));
}

async function openIn(
  dynamoDb: DynamoDBClient,
  tableName: string,
  partition: string,
  abortSignal: AbortSignal | undefined,
): Promise<readonly OpenItem[]> {
  const items: OpenItem[] = [];
  let startKey: QueryCommand['input']['ExclusiveStartKey'];
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { Items = [], LastEvaluatedKey } = await dynamoDb.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: 'open',
        KeyConditionExpression: 'openPk = :partition',
        ProjectionExpression: 'consumer, #state, causeId, reason.code, reason.message, failedAt, #ttl',
        ExpressionAttributeNames: { '#state': 'state', '#ttl': 'ttl' },
        ExpressionAttributeValues: marshall({ ':partition': partition }),
        ExclusiveStartKey: startKey,
      }),
      abortSignal && { abortSignal },
    );
    for (const item of Items) {
      const open = read(OpenItem, unmarshal(item));
      if (open.success) items.push(open.data);
    }
    if (LastEvaluatedKey === undefined) break;
    startKey = LastEvaluatedKey;
  }
  return items;
}

function causeOf(members: readonly OpenItem[], recentSince: Instant): OpenCause[] {
  const sorted = members.toSorted((one, other) => (one.failedAt < other.failedAt ? -1 : 1));
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return [];
  const count = (state: OpenItem['state']): number => members.filter((one) => one.state === state).length;
  return [
    {
      consumer: first.consumer,
      ...last.reason,
      waiting: count('waiting'),
      parked: count('parked'),
      firstAt: first.failedAt,
      lastAt: last.failedAt,
      recent: members.filter(({ failedAt }) => failedAt >= recentSince).length,
      keptUntil: instantOf(new Date(Math.min(...members.map(({ ttl }) => ttl)) * MS_PER_SECOND)),
    },
  ];
}
