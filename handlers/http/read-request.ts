import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { BODY_BYTES_MAX, type Operation, requestHeaders } from '../../contracts/api/operation.ts';
import { read } from '../../contracts/reading.ts';
import { InvalidRequestError } from '../../pipelines/request-errors.ts';
import { BodyTooLargeError, UnreadableBodyError, UnsupportedMediaTypeError } from './errors.ts';
import { bodyFields, parameterFields } from './problem.ts';

const REPEATED = 'is a repeated parameter, and takes one value';
const JSON_MEDIA_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/**
 * Reads the parameters of the path.
 *
 * @throws InvalidRequestError naming each that is missing or malformed.
 */
export function readPath<Schema extends z.ZodObject>(
  event: APIGatewayProxyEventV2,
  schema: Schema,
): z.infer<Schema> {
  const result = read(schema, event.pathParameters ?? {});
  if (result.success) return result.data;
  throw new InvalidRequestError('The path is malformed.', parameterFields(result.error, 'path'));
}

/**
 * Reads the parameters of the query. One that is repeated has several values, where its schema is an array, and is refused elsewhere:
 * which of them is meant is unknown.
 *
 * They are read from the raw query. In `queryStringParameters` API Gateway joins the values of a repeated name by commas, and
 * a value may hold a comma itself.
 * See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html.
 *
 * @throws InvalidRequestError naming each that is malformed, repeated where its schema takes one value, or unknown.
 */
export function readQuery<Shape extends z.ZodRawShape>(
  event: APIGatewayProxyEventV2,
  schema: z.ZodObject<Shape>,
): z.infer<z.ZodObject<Shape>> {
  const known = new Map<string, unknown>(Object.entries(schema.shape));
  const pairs = Map.groupBy(new URLSearchParams(event.rawQueryString), ([name]) => name);
  const parameters = [...pairs].map(([name, values]) => ({
    name,
    texts: values.map(([, text]) => text),
    isList: isList(known.get(name)),
  }));
  const repeated = parameters.filter(
    ({ name, texts, isList }) => known.has(name) && texts.length > 1 && !isList,
  );
  if (repeated.length > 0)
    throw new InvalidRequestError(
      'The query is malformed.',
      repeated.map(({ name }) => ({ in: 'query', field: name, message: REPEATED })),
    );
  const query = Object.fromEntries(
    parameters.map(({ name, texts, isList }) => [name, isList ? texts : texts[0]]),
  );
  const result = read(schema.strict(), query);
  if (result.success) return result.data;
  throw new InvalidRequestError('The query is malformed.', parameterFields(result.error, 'query'));
}

const isList = (schema: unknown): boolean =>
  schema instanceof z.ZodOptional ? isList(schema.unwrap()) : schema instanceof z.ZodArray;

/** The headers that an operation takes, as their schemas read them. */
export interface ReadHeaders {
  readonly idempotencyKey: unknown;
  readonly ifMatch: unknown;
}

/**
 * Reads the headers that an operation takes.
 *
 * @throws InvalidRequestError naming each that is malformed, or required and missing.
 */
export function readHeaders({ headers }: APIGatewayProxyEventV2, operation: Operation): ReadHeaders {
  const results = Object.entries(requestHeaders(operation)).map(([name, schema]) => ({
    name,
    result: read(schema, headers[name.toLowerCase()]),
  }));
  const fields = results.flatMap(({ name, result }) =>
    (result.error?.issues ?? []).map(({ message }) => ({ in: 'header' as const, field: name, message })),
  );
  if (fields.length > 0) throw new InvalidRequestError('A header is malformed.', fields);
  const values = new Map(results.map(({ name, result }) => [name, result.data]));
  return { idempotencyKey: values.get('Idempotency-Key'), ifMatch: values.get('If-Match') };
}

/**
 * Reads a JSON body of at most `bytesMax` bytes; API Gateway hands it over as text or in base64.
 *
 * @throws BodyTooLargeError; UnsupportedMediaTypeError; UnreadableBodyError; InvalidRequestError naming each field that
 * breaks the schema.
 */
export function readBody<Body>(
  event: APIGatewayProxyEventV2,
  schema: z.ZodType<Body>,
  bytesMax = BODY_BYTES_MAX,
): Body {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > bytesMax) throw new BodyTooLargeError(bytes.length, bytesMax);
  if (bytes.length === 0) throw new UnreadableBodyError('The request has no body.');
  if (!JSON_MEDIA_TYPE.test(event.headers['content-type'] ?? '')) throw new UnsupportedMediaTypeError();
  const result = read(schema, parsedJson(bytes));
  if (result.success) return result.data;
  throw new InvalidRequestError('The body breaks its contract.', bodyFields(result.error));
}

function parsedJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The cause is left out: the parser's message quotes the body.
    throw new UnreadableBodyError('The body cannot be read.');
  }
}
