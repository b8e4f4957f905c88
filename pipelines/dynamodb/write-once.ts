import { createHash } from 'node:crypto';
import {
  type DynamoDBClient,
  TransactGetItemsCommand,
  TransactionCanceledException,
  TransactionInProgressException,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type * as z from 'zod';
import { type IdempotencyKey, IdempotencyToken } from '../../contracts/api/parameters.ts';
import { parseJson } from '../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { awsErrorKind } from '../aws/aws-errors.ts';
import type { Clock } from '../clock.ts';
import { IdempotencyKeyReusedError } from '../request-errors.ts';
import { ConditionsFailedError, commit } from './commit.ts';
import { OptimisticLockError, retryOnConflict } from './optimistic-lock.ts';
import { parseItem, readItem } from './read-items.ts';
import { unmarshal } from './unmarshal.ts';

/** How long a request is remembered. */
export const TOKEN_LIFE_SECONDS = 24 * 60 * 60;

/** The longest ClientRequestToken that DynamoDB takes. */
const CLIENT_REQUEST_TOKEN_LENGTH_MAX = 36;

/** The parts of a request that identify a repeat. */
export interface IdempotentRequest {
  /** The subject of the caller's token. Two callers do not know each other's keys, and each must get the effect of their own request. */
  readonly caller: string;
  readonly operation: string;
  /**
   * The resource of the operation, from its path, or from its body where it creates something: the same key may be used for two
   * resources.
   */
  readonly resource: string;
  readonly key: IdempotencyKey;
  /** The body as its schema read it, so that neither white space nor the order of fields distinguishes two requests. */
  readonly body: unknown;
}

// As JSON, since any other separator may occur in the parts.
const sha256 = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** The id under which a request is remembered. */
const tokenId = ({ caller, operation, resource, key }: IdempotentRequest): string =>
  sha256([caller, operation, resource, key]);

/**
 * The id under which release 0.2.0 remembers a request, of any caller. It is still read, so that a retry takes no second effect where the
 * deployment came between the two. To be removed after one release: nothing is stored under it any longer, and a token lives for a day.
 */
const tokenIdOfAnyCaller = ({ operation, resource, key }: IdempotentRequest): string =>
  sha256([operation, resource, key]);

/**
 * The ClientRequestToken of one decision about a request, from the key and an id that is new with each decision. Not from the
 * key alone: DynamoDB accepts a token again only with exactly the same writes, for 10 minutes after its use, and does not
 * document that a cancelled transaction releases its token. A key whose transfer was refused would be locked out.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html.
 */
export const clientRequestToken = (request: IdempotentRequest, decisionId: string): string =>
  sha256([tokenId(request), decisionId]).slice(0, CLIENT_REQUEST_TOKEN_LENGTH_MAX);

/** What distinguishes two requests with one key. */
const requestHash = ({ body }: IdempotentRequest): string => sha256(body);

/** Whether a token is still valid. DynamoDB deletes an expired one only within days. */
const isAlive = (token: IdempotencyToken, now: Date): boolean => token.expiresAt >= epochSeconds(now);

/** The write that stores a request and its response, and fails where that request is stored already. */
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
export interface PreparedWrite<Response> {
  readonly writes: readonly TransactWriteItem[];
  /** The response to the caller after the writes. */
  readonly response: Response;
  /** The error for failed conditions of the writes. After an OptimisticLockError they are prepared again. */
  readonly refusal: (failure: ConditionsFailedError) => Error;
  /** New with each call of `prepare`: the transaction's token is made from it and the request's key. */
  readonly decisionId?: string;
}

/** A response, and whether it is the repeat of an earlier one. */
export interface WriteOnceResult<Response> {
  readonly response: Response;
  readonly replayed: boolean;
}

/** One request that must take effect once. */
export interface OnceRequest<Response> {
  /** `undefined` when the caller sent no key: the writes are then made without storing the request. */
  readonly request: IdempotentRequest | undefined;
  /** Reads a stored response. */
  readonly responseSchema: z.ZodType<Response>;
  /** Reads what the writes depend on. Called again on a conflict. */
  readonly prepare: () => Promise<PreparedWrite<Response>>;
}

/**
 * Makes writes and stores their request in the same transaction, so that at no moment only one of them is
 * there: no lock that could expire while the writes are still in progress, and nothing to clean up after a crash. A
 * repeat within 24 hours gets the first response, and of several requests at once exactly one takes effect.
 * Only a successful request is stored: a refused request may come again with the same key.
 *
 * @throws IdempotencyKeyReusedError for another body under the same key; the writes' own refusal; OptimisticLockError when
 * every attempt had a conflict; any error of `prepare`.
 */
export async function writeOnce<Response>(
  deps: WriteOnceDeps,
  once: OnceRequest<Response>,
): Promise<WriteOnceResult<Response>> {
  // After a failure that may have written something, the caller repeats the request with its key.
  return retryOnConflict(() => tryOnce(deps, once));
}

async function tryOnce<Response>(
  deps: WriteOnceDeps,
  once: OnceRequest<Response>,
): Promise<WriteOnceResult<Response>> {
  const { request } = once;
  const remembered = request && (await rememberedResponse(deps, request));
  if (remembered !== undefined) {
    return { response: parseJson(once.responseSchema, remembered), replayed: true };
  }
  const { writes, response, refusal, decisionId } = await prepared(deps, once);
  const memory = request && putToken(deps.idempotencyTableName, request, response, deps.clock.now());
  const actions = memory === undefined ? writes : [...writes, memory];
  const token = request && decisionId && clientRequestToken(request, decisionId);
  try {
    await commit(deps.dynamoDb, actions, token);
  } catch (error) {
    // The token is part of the transaction in progress, so that a retry cannot write twice.
    if (memory !== undefined && error instanceof TransactionInProgressException)
      throw new OptimisticLockError('The transaction is still in progress', { cause: error });
    if (!(error instanceof ConditionsFailedError)) throw error;
    // The token counts first: a request that has just completed fails the writes' conditions too.
    if (error.failedActions.has(writes.length))
      throw new OptimisticLockError('The same request completed meanwhile', { cause: error });
    throw refusal(error);
  }
  return { response, replayed: false };
}

/** The read may show an effect of the same request: a refusal counts only where that request is neither stored nor in progress. */
async function prepared<Response>(
  deps: WriteOnceDeps,
  { request, prepare }: OnceRequest<Response>,
): Promise<PreparedWrite<Response>> {
  try {
    return await prepare();
  } catch (error) {
    if (request === undefined || (await rememberedResponse(deps, request, tokensAtOnce)) === undefined)
      throw error;
    throw new OptimisticLockError('The same request completed meanwhile', { cause: error });
  }
}

async function rememberedResponse(
  deps: WriteOnceDeps,
  request: IdempotentRequest,
  readTokens = tokensOneByOne,
): Promise<string | undefined> {
  const tokens = await readTokens(deps, [tokenId(request), tokenIdOfAnyCaller(request)]);
  const token = tokens.find((found) => found !== undefined && isAlive(found, deps.clock.now()));
  if (token === undefined) return undefined;
  if (token.requestHash !== requestHash(request)) throw new IdempotencyKeyReusedError();
  return token.response;
}

type Tokens = readonly (IdempotencyToken | undefined)[];

const tokensOneByOne = (deps: WriteOnceDeps, ids: readonly string[]): Promise<Tokens> =>
  Promise.all(
    ids.map((id) =>
      readItem(deps.dynamoDb, {
        tableName: deps.idempotencyTableName,
        key: { id },
        schema: IdempotencyToken,
      }),
    ),
  );

/**
 * Reads of single items may see one item after a transaction and another one before it. A transaction of reads sees all of it, or conflicts.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-isolation.
 *
 * @throws OptimisticLockError while a transaction that writes a token is in progress.
 */
async function tokensAtOnce(deps: WriteOnceDeps, ids: readonly string[]): Promise<Tokens> {
  const command = new TransactGetItemsCommand({
    TransactItems: ids.map((id) => ({
      Get: { TableName: deps.idempotencyTableName, Key: marshall({ id }) },
    })),
  });
  try {
    const { Responses = [] } = await deps.dynamoDb.send(command);
    return Responses.map(({ Item }) => Item && parseItem(IdempotencyToken, unmarshal(Item)));
  } catch (error) {
    if (!(error instanceof TransactionCanceledException) || awsErrorKind(error) !== 'conflict') throw error;
    throw new OptimisticLockError('The same request is in progress', { cause: error });
  }
}
