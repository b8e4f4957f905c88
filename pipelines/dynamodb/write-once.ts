import { createHash } from 'node:crypto';
import {
  type DynamoDBClient,
  TransactionInProgressException,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type * as z from 'zod';
import { type IdempotencyKey, IdempotencyToken } from '../../contracts/api/parameters.ts';
import { parseJson } from '../../contracts/reading.ts';
import type { Clock } from '../clock.ts';
import { IdempotencyKeyReusedError } from '../request-errors.ts';
import { ConditionsFailedError, commit } from './commit.ts';
import { OptimisticLockError, retryOnConflict } from './optimistic-lock.ts';
import { readItem } from './read-items.ts';

/** How long a request is remembered. */
export const TOKEN_LIFE_SECONDS = 24 * 60 * 60;

/** The longest ClientRequestToken that DynamoDB takes. */
const CLIENT_REQUEST_TOKEN_LENGTH_MAX = 36;

const MS_PER_SECOND = 1_000;

/** A request as far as its key makes it the same one again. */
export interface IdempotentRequest {
  readonly operation: string;
  /**
   * What the operation is about, as its path says it, or its body where it makes something: the same key may come to two
   * resources, whose callers know nothing of each other's keys.
   */
  readonly resource: string;
  readonly key: IdempotencyKey;
  /** The body as its schema read it, so that neither white space nor the order of fields tells two requests apart. */
  readonly body: unknown;
}

// As JSON, since no other joint is surely absent from all the parts.
const sha256 = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** The id under which a request is remembered. */
const tokenId = ({ operation, resource, key }: IdempotentRequest): string =>
  sha256([operation, resource, key]);

/**
 * The ClientRequestToken of one decision about a request, from the key and an id that is new with each decision. Not from the
 * key alone: DynamoDB takes a token back only with the very same writes, for 10 minutes after it was used, and does not
 * document that a cancelled transaction frees its token. A key whose transfer was refused would be locked out.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html.
 */
export const clientRequestToken = (request: IdempotentRequest, decisionId: string): string =>
  sha256([tokenId(request), decisionId]).slice(0, CLIENT_REQUEST_TOKEN_LENGTH_MAX);

/** What tells apart two requests that came with one key. */
const requestHash = ({ body }: IdempotentRequest): string => sha256(body);

/** Whether a token still counts. DynamoDB removes an expired one within days only. */
const isAlive = (token: IdempotencyToken, now: Date): boolean => token.expiresAt >= epochSeconds(now);

/** The write that remembers a request and its answer, and fails where that request is remembered already. */
function putToken(
  tableName: string,
  request: IdempotentRequest,
  response: unknown,
  now: Date,
): TransactWriteItem {
  const token: IdempotencyToken = {
    id: tokenId(request),
    requestHash: requestHash(request),
    response: JSON.stringify(response),
    expiresAt: epochSeconds(now) + TOKEN_LIFE_SECONDS,
  };
  return {
    Put: {
      TableName: tableName,
      Item: marshall(token),
      ConditionExpression: 'attribute_not_exists(id) OR expiresAt < :now',
      ExpressionAttributeValues: marshall({ ':now': epochSeconds(now) }),
    },
  };
}

const epochSeconds = (date: Date): number => Math.floor(date.getTime() / MS_PER_SECOND);

export interface WriteOnceDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly idempotencyTableName: string;
  readonly clock: Clock;
}

/** Writes that are ready to be made together. */
export interface PreparedWrite<Answer> {
  readonly writes: readonly TransactWriteItem[];
  /** What the caller is told when they were made. */
  readonly answer: Answer;
  /** What it means that conditions of the writes failed. A LostRaceError has them prepared anew. */
  readonly refusal: (failure: ConditionsFailedError) => Error;
  /** New with each call of `prepare`: has the transaction bear a token that is made from it and the request's key. */
  readonly decisionId?: string;
}

/** What a caller is told, and whether it is told again. */
export interface Answered<Answer> {
  readonly answer: Answer;
  readonly replayed: boolean;
}

/** One request that must take effect once. */
export interface OnceRequest<Answer> {
  /** `undefined` when the caller sent no key: the writes are then made without being remembered. */
  readonly request: IdempotentRequest | undefined;
  /** Reads an answer that was remembered. */
  readonly answerSchema: z.ZodType<Answer>;
  /** Reads what the writes depend on. Called again after a lost race. */
  readonly prepare: () => Promise<PreparedWrite<Answer>>;
}

/**
 * Makes writes and remembers their request in the same transaction, so that there is no moment at which one of them is
 * true alone: no lock that could expire while the writes are still under way, and nothing to clean up after a crash. A
 * request that comes again within 24 hours gets the first one's answer, and of several at once exactly one takes effect.
 * Only what took effect is remembered: a refused request may come again with the same key.
 *
 * @throws IdempotencyKeyReusedError for another body under the same key; the writes' own refusal; LostRaceError when other
 * writers kept winning; whatever `prepare` throws.
 */
export async function writeOnce<Answer>(
  deps: WriteOnceDeps,
  once: OnceRequest<Answer>,
): Promise<Answered<Answer>> {
  // What may have written something is for the caller to ask for again, who has the key for it.
  return retryOnConflict(() => tryOnce(deps, once));
}

async function tryOnce<Answer>(deps: WriteOnceDeps, once: OnceRequest<Answer>): Promise<Answered<Answer>> {
  const { request } = once;
  const remembered = request && (await rememberedAnswer(deps, request));
  if (remembered !== undefined) {
    return { answer: parseJson(once.answerSchema, remembered), replayed: true };
  }
  const { writes, answer, refusal, decisionId } = await prepared(deps, once);
  const memory = request && putToken(deps.idempotencyTableName, request, answer, deps.clock.now());
  const actions = memory === undefined ? writes : [...writes, memory];
  const token = request && decisionId && clientRequestToken(request, decisionId);
  try {
    await commit(deps.dynamoDb, actions, token);
  } catch (error) {
    // The memory is part of what is under way, so that deciding anew cannot add to it.
    if (memory !== undefined && error instanceof TransactionInProgressException)
      throw new OptimisticLockError('The transaction is still under way', { cause: error });
    if (!(error instanceof ConditionsFailedError)) throw error;
    // The memory counts first: a request that has just been answered fails the writes' conditions too.
    if (error.failedActions.has(writes.length))
      throw new OptimisticLockError('The same request was answered meanwhile', { cause: error });
    throw refusal(error);
  }
  return { answer, replayed: false };
}

/** What was read may be what the very same request has just done: a refusal counts only where it is still not remembered. */
async function prepared<Answer>(
  deps: WriteOnceDeps,
  { request, prepare }: OnceRequest<Answer>,
): Promise<PreparedWrite<Answer>> {
  try {
    return await prepare();
  } catch (error) {
    if (request === undefined || (await rememberedAnswer(deps, request)) === undefined) throw error;
    throw new OptimisticLockError('The same request was answered meanwhile', { cause: error });
  }
}

async function rememberedAnswer(
  deps: WriteOnceDeps,
  request: IdempotentRequest,
): Promise<string | undefined> {
  const token = await readItem(deps.dynamoDb, {
    tableName: deps.idempotencyTableName,
    key: { id: tokenId(request) },
    schema: IdempotencyToken,
  });
  if (token === undefined || !isAlive(token, deps.clock.now())) return undefined;
  if (token.requestHash !== requestHash(request)) throw new IdempotencyKeyReusedError();
  return token.response;
}
