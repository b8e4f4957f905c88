import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { IdempotencyKey } from '../../contracts/api/idempotency-key.ts';
import { InvalidRequestError } from '../../pipelines/core/request-errors.ts';
import {
  BODY_BYTES_MAX,
  BodyTooLargeError,
  UnreadableBodyError,
  UnsupportedMediaTypeError,
} from './http-errors.ts';
import { bodyFields, parameterFields } from './problem-fields.ts';

const JSON_MEDIA_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/**
 * Reads the parameters of the path.
 *
 * @throws InvalidRequestError naming each that is missing or malformed.
 */
export function readPath<Shape extends z.ZodRawShape>(
  event: APIGatewayProxyEventV2,
  shape: Shape,
): z.infer<z.ZodObject<Shape>> {
  const result = z.object(shape).safeParse(event.pathParameters ?? {});
  if (result.success) return result.data;
  throw new InvalidRequestError('The path is malformed.', parameterFields(result.error, 'path'));
}

/**
 * Reads the `Idempotency-Key` header, which may be absent.
 *
 * @throws InvalidRequestError naming the header.
 */
export function readIdempotencyKey(event: APIGatewayProxyEventV2): IdempotencyKey | undefined {
  const headers = { 'Idempotency-Key': event.headers['idempotency-key'] };
  const result = z.object({ 'Idempotency-Key': IdempotencyKey.optional() }).safeParse(headers);
  if (result.success) return result.data['Idempotency-Key'];
  throw new InvalidRequestError('A header is malformed.', parameterFields(result.error, 'header'));
}

/**
 * Reads a JSON body of at most {@link BODY_BYTES_MAX} bytes; API Gateway hands it over as text or in base64.
 *
 * @throws BodyTooLargeError; UnsupportedMediaTypeError; UnreadableBodyError; InvalidRequestError naming each field that
 * breaks the schema.
 */
export function readBody<Body>(event: APIGatewayProxyEventV2, schema: z.ZodType<Body>): Body {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > BODY_BYTES_MAX) throw new BodyTooLargeError(bytes.length);
  if (bytes.length === 0) throw new UnreadableBodyError('The request has no body.');
  if (!JSON_MEDIA_TYPE.test(event.headers['content-type'] ?? '')) throw new UnsupportedMediaTypeError();
  const result = schema.safeParse(parsedJson(bytes));
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
