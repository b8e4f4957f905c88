import type { FastifyReply, FastifyRequest } from 'fastify';
import { OrderStreamError } from '../../../pipelines/errors.ts';

const HTTP_NOT_FOUND = 404;
const HTTP_BAD_GATEWAY = 502;
const REQUEST_TIMEOUT_MS = 35_000;
/**
 * Segments of an id's characters, of which none begins with a dot. A dot segment, or an escape that another reader of the path decodes,
 * would lead to a path that is not in the list.
 */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$/;

/** Where a request goes, and by whose right. */
interface Forwarding {
  readonly target: string;
  readonly authorization: () => Promise<string>;
}

/** Forwards a request, and its response. Of its headers only the media type goes on. */
export async function forward(
  request: FastifyRequest,
  reply: FastifyReply,
  { target, authorization }: Forwarding,
): Promise<FastifyReply> {
  const [path = ''] = request.url.split('?');
  if (!PLAIN_PATH.test(path))
    return reply.code(HTTP_NOT_FOUND).send({ detail: 'The path is not in its normal form.' });
  const body = typeof request.body === 'string' ? request.body : undefined;
  let token: string;
  try {
    token = await authorization();
  } catch (error) {
    return reply.code(HTTP_BAD_GATEWAY).send({ detail: noTokenText(error) });
  }
  try {
    const response = await fetch(target, {
      method: request.method,
      headers: {
        authorization: token,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      redirect: 'error',
    });
    return reply
      .code(response.status)
      .type(response.headers.get('content-type') ?? 'application/json')
      .header('cache-control', 'no-store')
      .send(await response.text());
  } catch (error) {
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
    return reply.code(HTTP_BAD_GATEWAY).send({ detail: `The API cannot be reached. ${detail}` });
  }
}

/** Only our own errors' messages are known to hold no secret. */
const noTokenText = (error: unknown): string =>
  error instanceof OrderStreamError
    ? `${error.message}. ${error.remedy}`
    : 'There is no token for the request.';
