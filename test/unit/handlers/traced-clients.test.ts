import { ConditionalCheckFailedException, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { tracedAws, tracedOpenSearch } from '../../../handlers/stream/trace.ts';

function keptTrace() {
  const kept: unknown[] = [];
  return {
    kept,
    begin:
      (...what: unknown[]) =>
      (end: string) =>
        void kept.push([...what, end]),
  };
}

/** A client whose requests end as `outcome` says, before they are sent. */
function clientThat(outcome: () => unknown): DynamoDBClient {
  const client = new DynamoDBClient({ region: 'eu-central-1', maxAttempts: 1 });
  const respond = async () => ({ response: {}, output: { $metadata: {}, ...Object(outcome()) } });
  client.middlewareStack.add(() => respond, { step: 'initialize', priority: 'low', name: 'answer' });
  return client;
}
const get = new GetItemCommand({ TableName: 'table', Key: { pk: { S: 'ada' } } });
const details = { of: 'aws', operation: 'GetItem' };

describe('a traced client of AWS', () => {
  it('reports a command by its service and its name, and nothing of its content', async () => {
    const trace = keptTrace();
    await tracedAws(
      clientThat(() => ({})),
      trace,
    ).send(get);
    expect(trace.kept).toEqual([['DynamoDB', details, 'ok']]);
  });

  it.each([
    ['error', new ConditionalCheckFailedException({ $metadata: {}, message: 'no' })],
    ['fault', new TypeError('fetch failed')],
  ])('reports an end in %s, and throws it', async (end, error) => {
    const trace = keptTrace();
    const client = clientThat(() => {
      throw error;
    });
    await expect(tracedAws(client, trace).send(get)).rejects.toBe(error);
    expect(trace.kept).toEqual([['DynamoDB', details, end]]);
  });
});

describe('a traced client of OpenSearch', () => {
  const request = { method: 'POST', path: '/_bulk', bulkBody: 'ada@example.com' } as const;
  const clientOf = (respond: Promise<{ statusCode: number; body: unknown }>) => ({
    transport: { request: () => Object.assign(respond, { abort: () => undefined }) },
  });
  const send = (trace: ReturnType<typeof keptTrace>, respond: Parameters<typeof clientOf>[0]) =>
    tracedOpenSearch(clientOf(respond), trace).transport.request(request, {
      requestTimeout: 1_000,
      maxRetries: 0,
    });

  it('reports a request by its path, and returns the response', async () => {
    const trace = keptTrace();
    const respond = { statusCode: 200, body: {} };
    expect(await send(trace, Promise.resolve(respond))).toBe(respond);
    expect(trace.kept).toEqual([['OpenSearch', { of: 'remote', annotations: { path: '/_bulk' } }, 'ok']]);
  });

  it('reports a failure, and throws it to the caller', async () => {
    const trace = keptTrace();
    await expect(send(trace, Promise.reject(new RangeError('no')))).rejects.toThrow(RangeError);
    expect(trace.kept).toMatchObject([['OpenSearch', {}, 'fault']]);
  });
});
