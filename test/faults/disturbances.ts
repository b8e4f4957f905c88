import * as z from 'zod';
import type { Disturbance, SinkResponse } from './sink-proxy.ts';

const TOO_MANY_REQUESTS = 429;
const REJECTED = { type: 'rejected_execution_exception' };
/** The scope of a signature of version 4, which names the service. */
const SIGNED_FOR_SNS = /\/sns\/aws4_request/;

const BulkAction = z.record(z.string(), z.unknown());
const BulkItems = z.object({ items: z.array(z.unknown()) });

/** Responds to every request as an overloaded cluster does. */
export const throttled: Disturbance = async () => ({
  status: TOO_MANY_REQUESTS,
  body: { error: REJECTED, status: TOO_MANY_REQUESTS },
});

/**
 * Takes every second operation of a `_bulk` request and rejects the others one by one, as a node whose write queue is full does.
 * See https://docs.opensearch.org/2.19/api-reference/document-apis/bulk/.
 */
export const halfThrottled: Disturbance = async ({ path, body, pass }) => {
  if (!path.startsWith('/_bulk')) return 'pass';
  const operations = bulkOperations(await body());
  const taken = operations.filter((_, place) => isTaken(place));
  const { status, body: response } = await pass(taken.map(({ ndjson }) => ndjson).join(''));
  const parsed = BulkItems.safeParse(response);
  if (!parsed.success) return { status, body: response };
  const results = parsed.data.items.values();
  const items = operations.map(({ action }, place) =>
    isTaken(place) ? results.next().value : { [action]: { status: TOO_MANY_REQUESTS, error: REJECTED } },
  );
  return { status, body: { errors: true, items } } satisfies SinkResponse;
};

/** Accepts the request and never responds. */
export const hung: Disturbance = async () => 'hang';

/** Accepts requests to SNS and never responds. SQS and S3, which have the same address here, continue. */
export const snsHung: Disturbance = async ({ headers }) =>
  SIGNED_FOR_SNS.test(headers.authorization ?? '') ? 'hang' : 'pass';

const isTaken = (place: number): boolean => place % 2 === 0;

interface BulkOperation {
  readonly action: string;
  readonly ndjson: string;
}

/** The operations of a `_bulk` body: each is a line, and another one with the document unless it deletes. */
export function bulkOperations(body: string): readonly BulkOperation[] {
  const lines = body.split('\n').filter((line) => line !== '');
  const operations: BulkOperation[] = [];
  for (let line = 0; line < lines.length; ) {
    const [action = ''] = Object.keys(BulkAction.parse(JSON.parse(lines[line] ?? '')));
    const length = action === 'delete' ? 1 : 2;
    operations.push({
      action,
      ndjson: lines
        .slice(line, line + length)
        .map((one) => `${one}\n`)
        .join(''),
    });
    line += length;
  }
  return operations;
}
