import { createHash } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { ActivityEntry, type ActivityPage, type ListActivityQuery } from '../../contracts/api/status.ts';
import type { Instant } from '../../contracts/ids.ts';
import {
  ACTIVITY_TTL_SECONDS,
  ActivityItem,
  activityPartition,
} from '../../contracts/operations/operations-items.ts';
import { parse } from '../../contracts/reading.ts';
import { MS_PER_DAY, MS_PER_SECOND } from '../../contracts/units.ts';
import { type Clock, instantOf } from '../clock.ts';
import { parseItem } from '../dynamodb/read-items.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';
import type { PageTokens } from '../paging/page-tokens.ts';
import { readMergedPage } from '../paging/read-merged-page.ts';
import type { Page } from '../paging/read-page.ts';

/** The dependencies of an {@link ActivityLog}. */
export interface ActivityLogDeps {
  readonly dynamoDb: DynamoDBClient;
  /** The OperationsTable. */
  readonly operationsTableName: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Called with an entry whose end was not written. */
  readonly onLostEnd: (entry: ActivityItem, error: unknown) => void;
}

/** Who does what to what. */
export interface OperatorAction extends Pick<ActivityEntry, 'by' | 'action' | 'target' | 'deadLetterId'> {
  /** When it began; now without it. An action of several requests gives each of them the same time, and is one entry. */
  readonly at?: Instant;
}

/** How an action ended. */
export interface ActionEnd extends Pick<ActivityEntry, 'outcome' | 'detail'> {
  readonly counts?: Readonly<Record<string, number>>;
}

/** Where a list of entries continues. */
export const ActivityPosition = z.object({ pk: z.string(), sk: z.string() });
export type ActivityPosition = z.infer<typeof ActivityPosition>;

const ID_LENGTH = 12;
const TARGET_LENGTH_MAX = 400;
const DAYS_KEPT = Math.ceil((ACTIVITY_TTL_SECONDS * MS_PER_SECOND) / MS_PER_DAY);

/** The log of what operators did: an entry is written before its action, and completed after it. */
export class ActivityLog {
  readonly #deps: ActivityLogDeps;

  constructor(deps: ActivityLogDeps) {
    this.#deps = deps;
  }

  /**
   * Writes the entry of an action that begins. The same action of the same time is in the log once.
   *
   * @returns the entry, with what earlier requests of the same action have written to it.
   * @throws the SDK's own errors; the action must then not begin.
   */
  async start({ by, action, target, deadLetterId, at }: OperatorAction): Promise<ActivityItem> {
    const now = this.#deps.clock.now();
    const began = at ?? instantOf(now);
    const id = createHash('sha256')
      .update(JSON.stringify([by, action, target, began]))
      .digest('hex')
      .slice(0, ID_LENGTH);
    const entry: ActivityItem = {
      pk: activityPartition(began),
      sk: `${began}#${id}`,
      entityType: 'Activity',
      ...{ id, at: began, by, action, deadLetterId },
      target: target.slice(0, TARGET_LENGTH_MAX),
      outcome: 'started',
      detail: '',
      ttl: Math.floor(now.getTime() / MS_PER_SECOND) + ACTIVITY_TTL_SECONDS,
    };
    try {
      await this.#put(entry, 'attribute_not_exists(pk)');
      return entry;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
      return parseItem(ActivityItem, unmarshal(error.Item));
    }
  }

  /**
   * Writes how an action ended. `started` says that more requests of it follow.
   *
   * Never throws: the action is done, and its caller needs its result or its own error. A failed write is reported. The entry then says `started`,
   * as after a crash, and has no counts of this request.
   */
  async complete(entry: ActivityItem, { counts, ...end }: ActionEnd): Promise<void> {
    const endedAt = end.outcome === 'started' ? undefined : instantOf(this.#deps.clock.now());
    try {
      await this.#put({ ...entry, ...end, endedAt, counts: counts && { ...counts } });
    } catch (error) {
      this.#deps.onLostEnd(entry, error);
    }
  }

  /**
   * Does an action between its entry's start and its end. An action that throws is logged with what it had done, and with the error's class.
   *
   * @param run Returns the result, and how the action ended.
   * @param soFar What the action has done when it throws; nothing is said of it otherwise.
   * @throws what `run` throws; the SDK's own errors, and then it has not begun.
   */
  async record<Result>(
    action: OperatorAction,
    run: () => Promise<{ readonly result: Result; readonly end: ActionEnd }>,
    soFar?: () => ActionEnd,
  ): Promise<Result> {
    const entry = await this.start(action);
    let done: Awaited<ReturnType<typeof run>>;
    try {
      done = await run();
    } catch (error) {
      await this.complete(entry, thrownEnd(error, soFar?.()));
      throw error;
    }
    await this.complete(entry, done.end);
    return done.result;
  }

  /** A page of the entries, the latest first. @throws the SDK's own errors. */
  page(limit: number, startAfter?: ActivityPosition): Promise<Page<ActivityItem, ActivityPosition>> {
    const now = this.#deps.clock.now().getTime();
    // An operator's clock may be ahead.
    const months = new Set(
      Array.from({ length: DAYS_KEPT + 1 }, (_, day) =>
        activityPartition(instantOf(new Date(now + (1 - day) * MS_PER_DAY))),
      ),
    );
    return readMergedPage<ActivityItem, ActivityPosition>({
      partitions: [...months].filter((month) => startAfter === undefined || month <= startAfter.pk),
      limit,
      startKey: startAfter,
      keyOf: ({ pk, sk }) => ({ pk, sk }),
      compare: (one, other) => (one.sk < other.sk ? 1 : -1),
      readSome: async (partition, startKey, wanted) => {
        const { Items = [], LastEvaluatedKey } = await this.#deps.dynamoDb.send(
          new QueryCommand({
            TableName: this.#deps.operationsTableName,
            KeyConditionExpression: 'pk = :month',
            ExpressionAttributeValues: marshall({ ':month': partition }),
            ScanIndexForward: false,
            ConsistentRead: true,
            Limit: wanted,
            ExclusiveStartKey: startKey?.pk === partition ? marshall(startKey) : undefined,
          }),
        );
        return {
          items: Items.map((item) => parseItem(ActivityItem, unmarshal(item))),
          lastKey: LastEvaluatedKey && parse(ActivityPosition, unmarshal(LastEvaluatedKey)),
        };
      },
    });
  }

  async #put(entry: ActivityItem, condition?: string): Promise<void> {
    const { dynamoDb, operationsTableName } = this.#deps;
    await dynamoDb.send(
      new PutItemCommand({
        TableName: operationsTableName,
        Item: marshall(entry, { removeUndefinedValues: true }),
        ...(condition !== undefined && {
          ConditionExpression: condition,
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      }),
    );
  }
}

/** How an action ended that threw an error after it had done so much. */
export function thrownEnd(error: unknown, soFar?: ActionEnd): ActionEnd {
  const name = error instanceof Error ? error.name : 'unknown';
  return soFar === undefined
    ? { outcome: 'failed', detail: name }
    : { ...soFar, detail: `${soFar.detail}, then ${name}` };
}

/** `GET /ops/activity`. @throws InvalidPageTokenError; the SDK's own errors. */
export async function activityPage(
  { activity, pageTokens }: { readonly activity: ActivityLog; readonly pageTokens: PageTokens },
  { caller, limit, nextToken }: z.infer<typeof ListActivityQuery> & { readonly caller: string },
): Promise<ActivityPage> {
  const scope = { operation: 'listActivity', query: {}, caller };
  const startAfter =
    nextToken === undefined ? undefined : await pageTokens.open(scope, nextToken, ActivityPosition);
  const { items, next } = await activity.page(limit, startAfter);
  return {
    entries: items.map((item) => parse(ActivityEntry, item)),
    nextToken: next && (await pageTokens.seal(scope, next)),
  };
}
