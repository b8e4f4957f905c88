import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { parse, parseJson } from '../../../contracts/reading.ts';
import { fillWithSample, forEach, openShop } from '../../../infra/demo/fill.ts';
import { ImportIncompleteError, untilImported } from '../../../infra/demo/import-orders.ts';
import { silent } from '../../../infra/demo/progress.ts';
import type { Superstore } from '../../../infra/demo/superstore.ts';
import type { LocalSystem } from '../../../infra/local/system/local-system.ts';

const AT = '2026-03-01T12:00:00.000Z';
const STALL_MS = 300_000;
const COUNTS = { created: 0, alreadyExists: 1, failed: 0 };
const Receipt = z.object({ quantity: z.int().positive() });

let server: Server;
/** The pieces received of each product, and the body under each idempotency key. */
let received: Map<string, number>;
let bodies: Map<string, string>;
let respond: (request: IncomingMessage, response: ServerResponse) => Promise<void>;

async function respondAsApi(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  const send = (status: number, value: unknown) => response.writeHead(status).end(JSON.stringify(value));
  const [, resource, sku = ''] = (request.url ?? '').split(/[/?]/);
  if (resource === 'batch') return void send(200, { counts: COUNTS });
  const key = request.headers['idempotency-key'];
  if (typeof key === 'string') {
    const id = `${sku} ${key}`;
    if ((bodies.get(id) ?? body) !== body) return void send(422, {});
    if (!bodies.has(id)) received.set(sku, (received.get(sku) ?? 0) + parseJson(Receipt, body).quantity);
    bodies.set(id, body);
  }
  const stock = received.get(sku) ?? 0;
  const details = { sku, name: sku, category: 'Tables', unitPrice: 1, currency: 'USD' };
  const times = { createdAt: AT, updatedAt: AT, version: 1 };
  send(200, { ...details, stock, reserved: 0, received: stock, ...times });
}

beforeEach(async () => {
  received = new Map();
  bodies = new Map();
  respond = respondAsApi;
  server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  vi.useRealTimers();
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

/** A system of which only the API and the clients are there. */
function systemWith(clients: object): LocalSystem {
  const { port } = parse(z.object({ port: z.int() }), server.address());
  const apiUrl = `http://127.0.0.1:${port}`;
  return Object.assign(Object.create(null), { apiUrl, token: async () => 'token', names: {}, clients });
}

const open = (products: Superstore['products'], signal?: AbortSignal): Promise<void> =>
  openShop(systemWith({}), { customers: [], products, orders: [] }, silent, signal);

const product = (sku: string, quantityOrdered: number): Superstore['products'][number] => ({
  ...{ sku, name: sku, category: 'Tables', subCategory: '', unitPrice: 1, currency: 'USD' },
  quantityOrdered,
});

it('a new shop reads no product before it receives its stock', async () => {
  const requests: (string | undefined)[] = [];
  respond = async (request, response) => {
    requests.push(request.url);
    if (request.url !== '/batch/products') return respondAsApi(request, response);
    response.end(JSON.stringify({ counts: { created: 1, alreadyExists: 0, failed: 0 } }));
  };
  await open([product('table', 4)]);
  expect(requests).toEqual(['/batch/products', '/products/table/receipts']);
});

describe('a shop that is opened again', () => {
  it('for more orders receives what its products lack', async () => {
    await open([product('short', 4), product('table', 4)]);
    await open([product('short', 10), product('table', 10), product('chair', 1)]);
    expect(Object.fromEntries(received)).toEqual({ short: 5, table: 10, chair: 1 });
  });

  it('after its idempotency keys have expired receives nothing', async () => {
    await open([product('short', 4), product('table', 4)]);
    bodies.clear();
    await open([product('short', 4), product('table', 4)]);
    expect(Object.fromEntries(received)).toEqual({ short: 2, table: 4 });
  });
});

it('a sample whose import fails is an error with the reason', async () => {
  const report = {
    ...{ schema: 'order-stream/import-report/1', object: { bucket: 'b', key: 'k' }, etag: 'e', rows: 0 },
    ...{ orders: { written: 0, alreadyThere: 0 }, rejected: 0, rejectedRows: [], rejectedParts: [] },
    ...{ startedAt: AT, finishedAt: AT, status: 'failed', reason: 'no gzip' },
  };
  const s3 = new S3Client({ region: 'eu-central-1' });
  vi.spyOn(s3, 'send').mockImplementation(async () => ({
    Body: { transformToString: async () => JSON.stringify(report) },
  }));
  await expect(fillWithSample(systemWith({ s3 }), 1, silent)).rejects.toThrow('no gzip');
});

describe('an interruption', () => {
  it('ends the requests for stock, and none follows', async () => {
    const interruption = new AbortController();
    let requests = 0;
    respond = async (request, response) => {
      if (request.url?.startsWith('/batch')) return respondAsApi(request, response);
      requests += 1;
      interruption.abort(new Error('interrupted'));
    };
    const products = Array.from({ length: 100 }, (_, place) => product(`sku-${place}`, 1));
    await expect(open(products, interruption.signal)).rejects.toThrow();
    expect(requests).toBeLessThanOrEqual(8);
  });

  it('ends the wait for an import with its reason, also while the bucket does not respond', async () => {
    const interruption = new AbortController();
    const s3 = new S3Client({ region: 'eu-central-1' });
    vi.spyOn(s3, 'send').mockImplementation(async () => {
      interruption.abort(new Error('interrupted'));
      throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    });
    await expect(
      untilImported(systemWith({ s3 }), 'imports/a.csv', { stallMs: STALL_MS, signal: interruption.signal }),
    ).rejects.toThrow('interrupted');
  });
});

it('tasks that wait when one fails do not start', async () => {
  const begun: number[] = [];
  const gate = Promise.withResolvers<void>();
  const running = forEach([0, 1, 2, 3], 'Step', silent, 2, async (thing) => {
    begun.push(thing);
    if (thing === 0) throw new Error('refused');
    await gate.promise;
  });
  await expect(running).rejects.toThrow('refused');
  gate.resolve();
  await setImmediate();
  expect(begun).not.toContain(3);
});

it('the wait for an import ends after so long without progress', async () => {
  let nowMs = Date.parse(AT);
  vi.useFakeTimers({ toFake: ['Date'], now: nowMs });
  const s3 = new S3Client({ region: 'eu-central-1' });
  vi.spyOn(s3, 'send').mockRejectedValue(new NoSuchKey({ message: 'none', $metadata: {} }));
  const onProgress = async () => {
    nowMs += STALL_MS;
    vi.setSystemTime(nowMs);
  };
  const wait = untilImported(systemWith({ s3 }), 'imports/a.csv', { stallMs: STALL_MS, onProgress });
  await expect(wait).rejects.toThrow(ImportIncompleteError);
});
