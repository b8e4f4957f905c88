import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { versionTag } from '../../contracts/api/parameters.ts';
import type { Problem } from '../../contracts/api/problem.ts';
import type { Version } from '../../contracts/ids.ts';
import type { Answered } from '../../pipelines/dynamodb/write-once.ts';

type Headers = Readonly<Record<string, string>>;

// Answers hold personal data, so nothing on their way may keep them.
const answer = (
  statusCode: number,
  mediaType: string,
  body: unknown,
  headers: Headers,
): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': mediaType, 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(body),
});

/** 200 with a JSON body. */
export const ok = (body: unknown, headers: Headers = {}): APIGatewayProxyStructuredResultV2 =>
  answer(200, 'application/json', body, headers);

/** 201 with what was created, and where it is. */
export const created = (
  location: string,
  body: unknown,
  headers: Headers = {},
): APIGatewayProxyStructuredResultV2 => answer(201, 'application/json', body, { location, ...headers });

/** An answer that is no success. See https://www.rfc-editor.org/rfc/rfc9457. */
export const problem = (body: Problem, headers: Headers = {}): APIGatewayProxyStructuredResultV2 =>
  answer(body.status, 'application/problem+json', body, headers);

/** The version of what is answered, for a later `If-Match`. */
export const versionHeader = ({ version }: { readonly version: Version }): Headers => ({
  etag: versionTag(version),
});

/** Tells the caller that this answer was given before. */
export const replayHeader = ({ replayed }: Answered<unknown>): Headers =>
  replayed ? { 'idempotency-replayed': 'true' } : {};
