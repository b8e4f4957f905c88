import * as z from 'zod';
import { GatewayMessage, Problem, ProblemField } from '../../../contracts/api/problem.ts';
import { read } from '../../../contracts/reading.ts';

/** Why a request failed, in words for a person. */
export class RequestFailedError extends Error {
  /** The status of the response, if there was one. */
  readonly status: number | undefined;
  /** The code of the problem, if the response had one. */
  readonly code: string | undefined;

  constructor(message: string, status?: number, code?: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** How a page reaches the API: through the server that it came from. */
export interface Connection {
  /** What the server has before the paths of the API. */
  readonly prefix: string;
  /** The caller's token. Without it the server has one of its own. */
  readonly token?: string;
  /** Called where the API does not know the token, or no longer. */
  readonly refused?: () => void;
}

let connection: Connection = { prefix: '/api' };
/** Sets how the next requests reach the API. */
export const connectBy = (next: Connection): void => {
  connection = next;
};

const TIMEOUT_MS = 35_000;
const HTTP_UNAUTHORIZED = 401;
/** Of a problem of the API what a person reads, or the message of API Gateway. */
const Refusal = z
  .object({
    ...Problem.pick({ detail: true, code: true, requestId: true }).shape,
    errors: z.array(ProblemField.pick({ field: true, message: true })),
    ...GatewayMessage.shape,
  })
  .partial();

interface AskOptions {
  readonly method?: 'GET' | 'POST';
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Sends a request to the API, through the server that the page came from. @throws RequestFailedError, or an abort's reason. */
export async function ask<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  { method = 'GET', body, signal }: AskOptions = {},
): Promise<z.infer<Schema>> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const response = await responseTo(path, {
    method,
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const parsed = read(schema, response);
  if (parsed.success) return parsed.data;
  throw new RequestFailedError(
    'This page does not know the response. Reload it: it may be older than the API.',
  );
}

async function responseTo(
  path: string,
  { headers, ...init }: RequestInit & { readonly headers?: Readonly<Record<string, string>> },
): Promise<unknown> {
  const { prefix, token, refused } = connection;
  let response: Response;
  try {
    response = await fetch(prefix + path, {
      ...init,
      headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    if (error instanceof DOMException && error.name === 'TimeoutError')
      throw new RequestFailedError(`The API did not respond within ${TIMEOUT_MS / 1_000} s.`);
    throw new RequestFailedError('The server of this page does not respond. Is it still running?');
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body;
  if (response.status === HTTP_UNAUTHORIZED) refused?.();
  const { message = 'No reason was given', ...problem } = read(Refusal, body).data ?? {};
  const { detail = `${message}.`, code, requestId, errors = [] } = problem;
  const fields = errors.map((one) => ` ${one.field}: ${one.message}.`).join('');
  throw new RequestFailedError(
    `${response.status}: ${detail}${fields}${requestId === undefined ? '' : ` Request ${requestId}.`}`,
    response.status,
    code,
  );
}

/** The message of a failed request. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'The request failed.';

/** A path with parameters, those that are empty left out. */
export function pathOf(
  path: string,
  query: Readonly<Record<string, string | number | undefined>> = {},
): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  const search = new URLSearchParams(given).toString();
  return search === '' ? path : `${path}?${search}`;
}
