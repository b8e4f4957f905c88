import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Operation } from '../../contracts/api/operation.ts';
import { versionTag } from '../../contracts/api/parameters.ts';
import type { Problem } from '../../contracts/api/problem.ts';
import { Version } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import type { WriteOnceResult } from '../../pipelines/dynamodb/write-once.ts';

type Headers = Readonly<Record<string, string>>;

/** Two years, in seconds. */
const HSTS_MAX_AGE = 63_072_000;

/**
 * What every response of a function has. Responses hold personal data, so no cache may keep them unless their operation allows it. No browser
 * takes them for another type, or asks for them without TLS: see https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html.
 */
const SAFE_HEADERS: Headers = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'strict-transport-security': `max-age=${HSTS_MAX_AGE}`,
};

const response = (
  statusCode: number,
  mediaType: string,
  body: unknown,
  headers: Headers,
): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': mediaType, ...SAFE_HEADERS, ...headers },
  body: JSON.stringify(body),
});

/** The response to a request that succeeded: its status and its headers follow from the operation. */
export function success(
  { success: { status, location, etag, cacheSeconds }, idempotency }: Operation,
  path: object | undefined,
  result: object,
): APIGatewayProxyStructuredResultV2 {
  const isReplayable = idempotency !== undefined && isWriteOnceResult(result);
  const body = isReplayable ? result.response : result;
  const members = new Map<string, unknown>(Object.entries({ ...path, ...body }));
  return response(status, 'application/json', body, {
    ...(location !== undefined && {
      location: location.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => String(members.get(name))),
    }),
    ...(isReplayable && result.replayed && { 'idempotency-replayed': 'true' }),
    ...(cacheSeconds !== undefined && { 'cache-control': `public, max-age=${cacheSeconds}` }),
    ...(etag !== undefined && { etag: versionTag(parse(Version, members.get('version'))) }),
  });
}

const isWriteOnceResult = (result: object): result is WriteOnceResult<object> =>
  'response' in result && 'replayed' in result;

/** A response that is no success. See https://www.rfc-editor.org/rfc/rfc9457. */
export const problem = (body: Problem, headers: Headers = {}): APIGatewayProxyStructuredResultV2 =>
  response(body.status, 'application/problem+json', body, headers);
