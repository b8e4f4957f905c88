import { validateHeaderName, validateHeaderValue } from 'node:http';
import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';
import type { InvocationResult } from '../lambda/invocation-result.ts';

/** A response of the gateway. */
export interface HttpApiResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: string | Buffer;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const HeaderValue = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const Structured = z.looseObject({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z
    .record(z.string(), HeaderValue)
    .refine((headers) => Object.entries(headers).every(([name, value]) => isHeader(name, value)))
    .default({}),
  cookies: z.array(z.string().refine((cookie) => isHeader('set-cookie', cookie))).default([]),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
});

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

/** A response that the gateway itself creates. */
export const gatewayResponse = (statusCode: number, message: string): HttpApiResponse => ({
  statusCode,
  headers: JSON_TYPE,
  cookies: [],
  body: JSON.stringify({ message }),
});

/**
 * Turns the result of a function into an HTTP response. A result with a statusCode is the response. Any other result is the JSON
 * body of a 200. A failed function is a 500 without the reason. A function that is throttled is a 503: 429 is for a route's throttle.
 * See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html.
 */
export function httpApiResponse(result: InvocationResult): HttpApiResponse {
  if (result.outcome === 'throttled') return gatewayResponse(503, 'Service Unavailable');
  if (result.outcome === 'function-error') return gatewayResponse(500, 'Internal Server Error');
  const { payload } = result;
  if (typeof payload !== 'object' || payload === null || !('statusCode' in payload)) {
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
    return { statusCode: 200, headers: JSON_TYPE, cookies: [], body };
  }
  const structured = read(Structured, payload);
  if (!structured.success) return gatewayResponse(500, 'Internal Server Error');
  const { statusCode, headers, cookies, body, isBase64Encoded } = structured.data;
  return { statusCode, headers, cookies, body: isBase64Encoded ? Buffer.from(body, 'base64') : body };
}
