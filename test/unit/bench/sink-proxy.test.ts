import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { LOCAL_HOST } from '../../../infra/local/machine/free-port.ts';
import { bulkOperations, halfThrottled, hung, snsHung, throttled } from '../../faults/disturbances.ts';
import { SinkProxy } from '../../faults/sink-proxy.ts';

const BULK = [
  '{"index":{"_index":"orders-write","_id":"1"}}',
  '{"text":"one"}',
  '{"delete":{"_index":"orders-write","_id":"2"}}',
  '{"index":{"_index":"orders-write","_id":"3"}}',
  '{"text":"three"}',
].map((line) => `${line}\n`);

let sink: Server;
let proxy: SinkProxy;
beforeEach(async () => {
  // Responds to a bulk request with a status for each operation, and to any other with what it got.
  sink = createServer((request, response) => {
    void buffer(request).then((body) => {
      response.setHeader('x-sink', 'here');
      response.end(request.url?.startsWith('/_bulk') ? JSON.stringify(bulkResponse(String(body))) : body);
    });
  }).listen(0, LOCAL_HOST);
  await once(sink, 'listening');
  const { port } = z.object({ port: z.number() }).parse(sink.address());
  proxy = await SinkProxy.start(`http://${LOCAL_HOST}:${port}`);
});
afterEach(async () => {
  await proxy.stop();
  sink.close();
  sink.closeAllConnections();
});

const bulkResponse = (body: string) => ({
  items: bulkOperations(body).map(({ action }) => ({ [action]: { status: 201 } })),
});

const post = (path: string, body: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${proxy.url}${path}`, { method: 'POST', body, ...init });

const soon = (): AbortSignal => AbortSignal.timeout(100);

describe('a proxy before a sink', () => {
  it('passes requests and responses through as they are', async () => {
    const response = await post('/a?b=c', '""');
    expect([response.status, response.headers.get('x-sink'), await response.text()]).toEqual([
      200,
      'here',
      '""',
    ]);
    expect(proxy.disturbed).toBe(0);
  });

  it('responds 429 while it throttles, and passes requests again once it is restored', async () => {
    proxy.disturb(throttled);
    expect((await post('/a', '""')).status).toBe(429);
    expect(proxy.disturbed).toBe(1);
    proxy.repairAll();
    expect((await post('/a', '""')).status).toBe(200);
  });

  it('takes every second operation of a bulk request and rejects the others', async () => {
    proxy.disturb(halfThrottled);
    const response = await post('/_bulk?require_alias=true', BULK.join(''));
    const error = { type: 'rejected_execution_exception' };
    expect(await response.json()).toMatchObject({
      items: [{ index: { status: 201 } }, { delete: { status: 429, error } }, { index: { status: 201 } }],
    });
  });

  it('never responds while it hangs', async () => {
    proxy.disturb(hung);
    await expect(post('/a', '""', { signal: soon() })).rejects.toThrow('timeout');
  });

  it('distinguishes requests to SNS from those to SQS by their signature', async () => {
    proxy.disturb(snsHung);
    const signedFor = (service: string) => ({
      authorization: `AWS4-HMAC-SHA256 Credential=key/20261125/eu-central-1/${service}/aws4_request, Signature=0`,
    });
    expect((await post('/', '""', { headers: signedFor('sqs') })).status).toBe(200);
    const toSns = post('/', '""', { headers: signedFor('sns'), signal: soon() });
    await expect(toSns).rejects.toThrow('timeout');
  });
});

describe('the operations of a bulk body', () => {
  it('are lines with their documents, and a line alone for a delete', () => {
    const [one, document, deletion, three, third] = BULK;
    expect(bulkOperations(BULK.join(''))).toEqual([
      { action: 'index', ndjson: `${one}${document}` },
      { action: 'delete', ndjson: deletion },
      { action: 'index', ndjson: `${three}${third}` },
    ]);
  });
});
