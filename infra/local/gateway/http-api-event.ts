import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2, APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import { LOCAL_ACCOUNT_ID } from '../machine/region.ts';

/** One HTTP request, as the gateway received it. */
export interface HttpRequest {
  readonly method: string;
  /** The path and the query, as received. */
  readonly url: string;
  readonly httpVersion: string;
  /** The values of each header, in lower case. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  readonly sourceIp: string;
  readonly routePath: string;
  /** The claims of the caller's token; `undefined` for a route without an authorizer. */
  readonly claims: Readonly<Record<string, string>> | undefined;
}

const TEXT_TYPES = /^(text\/|application\/(.+\+)?(json|xml|javascript)\b)/i;
const API_ID = 'local';

/**
 * The event that an HTTP API sends, payload format 2.0: header names in lower case, multiple values joined by commas, cookies in
 * their own list, a binary body in base64. A body of a text type that is not UTF-8 is also in base64: AWS does not document this
 * case, and as text its bytes would be lost.
 * See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html.
 */
export function httpApiEvent(
  request: HttpRequest,
  now: Date,
): APIGatewayProxyEventV2 | APIGatewayProxyEventV2WithJWTAuthorizer {
  const [rawPath = '/', rawQueryString = ''] = splitOnce(request.url, '?');
  const routeKey = `${request.method} ${request.routePath}`;
  const headers = joinedHeaders(request.headers);
  const cookies = cookiesOf(request.headers);
  const query = joinedQuery(rawQueryString);
  const isText =
    TEXT_TYPES.test(headers['content-type'] ?? '') && (request.body === undefined || isUtf8(request.body));
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString,
    ...(cookies === undefined ? {} : { cookies }),
    headers,
    ...(query === undefined ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: LOCAL_ACCOUNT_ID,
      apiId: API_ID,
      domainName: headers['host'] ?? '',
      domainPrefix: API_ID,
      http: {
        method: request.method,
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: logTime(now),
      timeEpoch: now.getTime(),
      ...(request.claims === undefined ? {} : { authorizer: authorizerOf(request.claims) }),
    },
    ...(Object.keys(request.pathParameters).length === 0 ? {} : { pathParameters: request.pathParameters }),
    ...(request.body === undefined ? {} : { body: request.body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: request.body !== undefined && !isText,
  };
}

// The scopes of the route belong beside the claims; the functions read only the claims.
const authorizerOf = (claims: Readonly<Record<string, string>>) => ({
  principalId: '',
  integrationLatency: 0,
  jwt: { claims, scopes: [] },
});

function joinedHeaders(headers: HttpRequest['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || name === 'cookie' ? [] : [[name, value.join(',')] as const],
    ),
  );
}

function cookiesOf(headers: HttpRequest['headers']): string[] | undefined {
  return headers['cookie']?.flatMap((cookie) => cookie.split(/;\s*/));
}

function joinedQuery(rawQueryString: string): Record<string, string> | undefined {
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    const earlier = query.get(name);
    query.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return query.size === 0 ? undefined : Object.fromEntries(query);
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** As in access logs: `12/Mar/2020:19:03:58 +0000`. */
function logTime(now: Date): string {
  const [, day, month, year, time] = now.toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}
