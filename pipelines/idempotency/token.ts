import { createHash } from 'node:crypto';
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { IdempotencyKey, IdempotencyToken } from '../../contracts/api/idempotency-key.ts';

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
export const tokenId = ({ operation, resource, key }: IdempotentRequest): string =>
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
export const requestHash = ({ body }: IdempotentRequest): string => sha256(body);

/** Whether a token still counts. DynamoDB removes an expired one within days only. */
export const isAlive = (token: IdempotencyToken, now: Date): boolean => token.expiresAt >= epochSeconds(now);

/** The write that remembers a request and its answer, and fails where that request is remembered already. */
export function putToken(
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
