import {
  type DynamoDBClient,
  TransactionInProgressException,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import type * as z from 'zod';
import { IdempotencyToken } from '../../contracts/api/idempotency-key.ts';
import { parseJson } from '../../contracts/reading.ts';
import type { Clock } from '../core/clock.ts';
import { ConditionsFailedError, commit } from '../core/commit.ts';
import { decidingAnew } from '../core/deciding-anew.ts';
import { LostRaceError } from '../core/lost-race.ts';
import { readItem } from '../core/read-item.ts';
import { IdempotencyKeyReusedError } from '../core/request-errors.ts';
import {
  clientRequestToken,
  type IdempotentRequest,
  isAlive,
  putToken,
  requestHash,
  tokenId,
} from './token.ts';

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
  return decidingAnew(() => tryOnce(deps, once));
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
      throw new LostRaceError('The transaction is still under way', { cause: error });
    if (!(error instanceof ConditionsFailedError)) throw error;
    // The memory counts first: a request that has just been answered fails the writes' conditions too.
    if (error.failedActions.has(writes.length))
      throw new LostRaceError('The same request was answered meanwhile', { cause: error });
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
    throw new LostRaceError('The same request was answered meanwhile', { cause: error });
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
