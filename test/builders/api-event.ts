import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';

/** What a test may say of a request. */
export interface ApiRequest {
  /** The route that the HTTP API matched. */
  readonly routeKey?: string;
  readonly path?: Record<string, string>;
  readonly headers?: Record<string, string>;
  /** A value is sent as JSON, a string as it is. */
  readonly body?: unknown;
  readonly base64?: boolean;
  /** A list is a parameter that comes as often. */
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  /** Who calls; a member of the staff unless it is said, and with the scope `shop` unless it is said. */
  readonly caller?: { readonly sub: string; readonly scope?: string };
}

const STAFF = { sub: 'staff', scope: 'orders:write accounts:write' };

/** The event that an HTTP API hands to a function: payload format 2.0, header names in lower case. */
export function apiEvent({
  routeKey = 'POST /test',
  path,
  headers,
  body,
  base64 = false,
  query = {},
  caller = STAFF,
}: ApiRequest = {}): APIGatewayProxyEventV2WithJWTAuthorizer {
  const claims = { sub: caller.sub, scope: caller.scope ?? 'shop' };
  const authorizer = { principalId: '', integrationLatency: 0, jwt: { claims, scopes: [] } };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const sent = base64 && text !== undefined ? Buffer.from(text).toString('base64') : text;
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  );
  const joined = Object.fromEntries(Object.entries(query).map(([name, values]) => [name, String(values)]));
  return {
    version: '2.0',
    routeKey,
    rawPath: '/test',
    rawQueryString: String(new URLSearchParams(pairs)),
    headers: { ...(sent === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    requestContext: {
      accountId: '000000000000',
      authorizer,
      apiId: 'api',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method: 'POST', path: '/test', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'gateway-request-1',
      routeKey,
      stage: '$default',
      time: '01/Mar/2026:12:00:00 +0000',
      timeEpoch: 1_772_366_400_000,
    },
    isBase64Encoded: base64,
    ...(pairs.length === 0 ? {} : { queryStringParameters: joined }),
    ...(path === undefined ? {} : { pathParameters: path }),
    ...(sent === undefined ? {} : { body: sent }),
  };
}
