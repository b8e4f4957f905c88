import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2, APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import { LOCAL_ACCOUNT_ID } from '../region.ts';

/** One HTTP request, as the gateway took it in. */
export interface HttpRequest {
  readonly method: string;
  /** The path and the query, as they came. */
  readonly url: string;
  readonly httpVersion: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  readonly sourceIp: string;
  readonly routePath: string;
  /** What the route's authorizer says of the caller; absent where it has none. */
  readonly claims: Readonly<Record<string, string>> | undefined;
}

const TEXT_TYPES = /^(text\/|application\/(.+\+)?(json|xml|javascript)\b)/i;
const API_ID = 'local';

/**
 * The event that an HTTP API sends, payload format 2.0: header names in lower case, several values joined by commas, cookies
 * apart, a body that is no text in base64. So is a body of a text type whose bytes are no UTF-8: AWS does not say what becomes of
 * them, and in a text they would be replaced for good.
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

// A route's scopes would stand beside the claims; the template gives routes none, and the functions look at the claims.
const authorizerOf = (claims: Readonly<Record<string, string>>) => ({
  principalId: '',
  integrationLatency: 0,
  jwt: { claims, scopes: [] },
});

function joinedHeaders(headers: HttpRequest['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || name.toLowerCase() === 'cookie'
        ? []
        : [[name.toLowerCase(), String(value)] as const],
    ),
  );
}

function cookiesOf(headers: HttpRequest['headers']): string[] | undefined {
  const cookie = headers['cookie'];
  return cookie === undefined ? undefined : String(cookie).split(/;\s*/);
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
