import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** What a test may say of a request. */
export interface ApiRequest {
  readonly path?: Record<string, string>;
  readonly headers?: Record<string, string>;
  /** A value is sent as JSON, a string as it is. */
  readonly body?: unknown;
  readonly base64?: boolean;
}

/** The event that an HTTP API hands to a function: payload format 2.0, header names in lower case. */
export function apiEvent({ path, headers, body, base64 = false }: ApiRequest = {}): APIGatewayProxyEventV2 {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const sent = base64 && text !== undefined ? Buffer.from(text).toString('base64') : text;
  return {
    version: '2.0',
    routeKey: 'POST /test',
    rawPath: '/test',
    rawQueryString: '',
    headers: { ...(sent === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method: 'POST', path: '/test', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'gateway-request-1',
      routeKey: 'POST /test',
      stage: '$default',
      time: '01/Mar/2026:12:00:00 +0000',
      timeEpoch: 1_772_366_400_000,
    },
    isBase64Encoded: base64,
    ...(path === undefined ? {} : { pathParameters: path }),
    ...(sent === undefined ? {} : { body: sent }),
  };
}
