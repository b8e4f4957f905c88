import * as z from 'zod';
import { read } from '../../contracts/reading.ts';

/** Why a request failed, in words for a person. */
export class RequestFailedError extends Error {}

const TIMEOUT_MS = 35_000;
const Refusal = z.object({ detail: z.string(), requestId: z.string().optional() });

/** Asks the API, through the server that the page came from. @throws RequestFailedError, or an abort's reason. */
export async function ask<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  { body: sent, signal }: { readonly body?: object; readonly signal?: AbortSignal } = {},
): Promise<z.infer<Schema>> {
  const within = AbortSignal.timeout(TIMEOUT_MS);
  const body = await answerTo(path, sent, signal === undefined ? within : AbortSignal.any([signal, within]));
  const parsed = read(schema, body);
  if (parsed.success) return parsed.data;
  throw new RequestFailedError(
    'This page does not know the response. Reload it: it may be older than the API.',
  );
}

async function answerTo(path: string, sent: object | undefined, signal: AbortSignal): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(`/api${path}`, {
      signal,
      ...(sent !== undefined && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(sent),
      }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new RequestFailedError('The server of the console does not respond. Is it still running?');
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body;
  const { detail = 'No reason was given.', requestId } = read(Refusal, body).data ?? {};
  throw new RequestFailedError(
    `${response.status}: ${detail}${requestId === undefined ? '' : ` Request ${requestId}.`}`,
  );
}
