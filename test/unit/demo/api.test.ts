import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Api, UnexpectedResponseError } from '../../../infra/demo/api.ts';

let server: Server;
let api: Api;
/** The statuses of the next responses; then 200. */
let statuses: number[] = [];
let keys: (string | undefined)[] = [];

beforeEach(async () => {
  keys = [];
  server = createServer((request, response) => {
    keys.push(request.headers['idempotency-key']?.toString());
    response.writeHead(statuses.shift() ?? 200, { 'content-type': 'application/json' }).end('{"done":true}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  api = await Api.of({ apiUrl: `http://127.0.0.1:${address.port}`, token: async () => 'token' });
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

describe('a request of the demo', () => {
  it.each([429, 500, 503])('is sent again with its key after a %i, if it may be repeated', async (status) => {
    statuses = [status, status];
    expect(await api.repeat('POST', '/products/p/receipts', { quantity: 1 }, 'key')).toEqual({ done: true });
    expect(keys).toEqual(['key', 'key', 'key']);
  });

  it('is not sent again after a refusal', async () => {
    statuses = [404];
    await expect(api.repeat('GET', '/users/ada')).rejects.toThrow(UnexpectedResponseError);
    expect(keys).toHaveLength(1);
  });

  it('is sent once if its repetition could have an effect', async () => {
    statuses = [500];
    await expect(api.call('PATCH', '/users/ada/orders/1', {})).rejects.toThrow(UnexpectedResponseError);
    expect(keys).toHaveLength(1);
  });

  it('fails when the fault lasts', async () => {
    statuses = Array.from({ length: 20 }, () => 500);
    await expect(api.repeat('GET', '/users/ada')).rejects.toThrow(/returned 500/);
    expect(keys).toHaveLength(5);
  });
});
