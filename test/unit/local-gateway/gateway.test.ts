import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Gateway, startGateway } from '../../../infra/local/gateway/gateway.ts';
import type { Authorize } from '../../../infra/local/gateway/jwt-authorizer.ts';
import { functionError, type InvocationResult } from '../../../infra/local/lambda/invocation-result.ts';
import { eventually } from '../../builders/waiting.ts';

let gateway: Gateway | undefined;
const events: unknown[] = [];

/** Serves one route whose function returns `result`. */
async function serve(
  method: string,
  path: string,
  result: InvocationResult = { outcome: 'success', payload: {} },
) {
  const invoke = async (event: unknown) => {
    events.push(event);
    return result;
  };
  gateway = await startGateway([{ method, path, invoke }]);
  return gateway.url;
}
const lastEvent = () => events.at(-1) as APIGatewayProxyEventV2;

afterEach(async () => {
  events.length = 0;
  await gateway?.stop();
});

describe("the gateway's event", () => {
  it('has path, query, headers and cookies in payload format 2.0', async () => {
    const url = await serve('GET', '/users/{userId}/orders');
    await fetch(`${url}/users/u%201/orders?a=1&a=2&b=`, { headers: { 'X-Trace': 't', cookie: 'k=v; l=w' } });
    expect(lastEvent()).toMatchObject({
      version: '2.0',
      routeKey: 'GET /users/{userId}/orders',
      rawPath: '/users/u%201/orders',
      rawQueryString: 'a=1&a=2&b=',
      queryStringParameters: { a: '1,2', b: '' },
      pathParameters: { userId: 'u 1' },
      headers: { 'x-trace': 't' },
      cookies: ['k=v', 'l=w'],
      isBase64Encoded: false,
      requestContext: {
        stage: '$default',
        http: { method: 'GET', path: '/users/u%201/orders', protocol: 'HTTP/1.1' },
      },
    });
  });

  it('distinguishes a repeated parameter from a comma by the raw query alone', async () => {
    const url = await serve('GET', '/orders');
    await fetch(`${url}/orders?a=1&a=2&b=1,2&c=1%2C2&d=x+y%20z`);
    expect(lastEvent()).toMatchObject({
      rawQueryString: 'a=1&a=2&b=1,2&c=1%2C2&d=x+y%20z',
      queryStringParameters: { a: '1,2', b: '1,2', c: '1,2', d: 'x y z' },
    });
  });

  it('has the values of a repeated header with commas between them, and each cookie on its own', async () => {
    const url = await serve('GET', '/orders');
    const headers = [
      ['Host', 'local'],
      ['Idempotency-Key', 'a'],
      ['idempotency-key', 'b'],
      ['Cookie', 'k=v; l=w'],
      ['Cookie', 'm=x'],
    ].flat();
    const sent = request(`${url}/orders`, { headers });
    sent.end();
    await once(sent, 'response');
    expect(lastEvent()).toMatchObject({
      headers: { 'idempotency-key': 'a,b' },
      cookies: ['k=v', 'l=w', 'm=x'],
    });
  });

  it.each([
    ['application/json', '{"a":"ä"}', false],
    ['application/problem+json; charset=utf-8', '{}', false],
    ['text/plain', 'text', false],
    ['application/octet-stream', Buffer.from('bytes').toString('base64'), true],
    ['no/media/type', Buffer.from('bytes').toString('base64'), true],
    ['', Buffer.from('bytes').toString('base64'), true],
  ])('has a body of %s as it should be', async (type, expected, isBase64Encoded) => {
    const url = await serve('POST', '/things');
    const body = isBase64Encoded ? Buffer.from(expected, 'base64') : expected;
    await fetch(`${url}/things`, { method: 'POST', body, headers: { 'content-type': type } });
    expect(lastEvent()).toMatchObject({ body: expected, isBase64Encoded, headers: { 'content-type': type } });
  });
});

describe("the gateway's response", () => {
  it('is what the function says', async () => {
    const url = await serve('GET', '/things', {
      outcome: 'success',
      payload: {
        statusCode: 418,
        headers: { 'x-a': 'b', 'content-type': 'application/json' },
        cookies: ['k=v'],
        body: 'dGVh',
        isBase64Encoded: true,
      },
    });
    const response = await fetch(`${url}/things`);
    expect(response.status).toBe(418);
    expect(response.headers.get('x-a')).toBe('b');
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.getSetCookie()).toEqual(['k=v']);
    expect(await response.text()).toBe('tea');
  });

  it.each<[string, InvocationResult, number]>([
    ['200 for a response without a status', { outcome: 'success', payload: { a: 1 } }, 200],
    ['500 for a function error', functionError('RangeError', 'a secret'), 500],
    ['500 for a malformed response', { outcome: 'success', payload: { statusCode: 'many' } }, 500],
    ['503 for a throttled function', { outcome: 'throttled' }, 503],
  ])('is %s', async (_name, result, status) => {
    const response = await fetch(`${await serve('GET', '/things', result)}/things`);
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain('secret');
  });

  it.each([
    ['an unknown path', 'GET', '/nothing'],
    ['an unknown method', 'PUT', '/things'],
  ])('is 404 for %s', async (_name, method, path) => {
    const url = await serve('GET', '/things');
    const response = await fetch(url + path, { method });
    expect([response.status, await response.json()]).toEqual([404, { message: 'Not Found' }]);
  });

  it('is 413 for a body larger than 10 MB, without calling the function', async () => {
    const url = await serve('POST', '/things');
    const response = await fetch(`${url}/things`, { method: 'POST', body: Buffer.alloc(11 * 1024 * 1024) });
    expect(response.status).toBe(413);
    expect(events).toEqual([]);
  });
});

describe('the stop of the gateway', () => {
  it.each([
    ['has sent nothing', ''],
    ['has sent half a request', 'POST /things HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc'],
  ])('does not wait for a connection that %s', async (_name, sent) => {
    const { port } = new URL(await serve('POST', '/things'));
    const socket = connect(Number(port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(sent);
    // A response shows that the server has accepted the older connection too.
    await fetch(`http://127.0.0.1:${port}/things`, { method: 'POST' });
    const closed = once(socket, 'close');
    await gateway?.stop();
    await closed;
    expect(events).toHaveLength(1);
  });

  it('finishes a running request', async () => {
    const gate = Promise.withResolvers<InvocationResult>();
    const invoke = vi.fn(() => gate.promise);
    gateway = await startGateway([{ method: 'GET', path: '/things', invoke }]);
    const response = fetch(`${gateway.url}/things`);
    await eventually(() => expect(invoke).toHaveBeenCalled());
    const stopped = gateway.stop();
    gate.resolve({ outcome: 'success', payload: { statusCode: 200, body: 'done' } });
    expect(await (await response).text()).toBe('done');
    await stopped;
  });

  it('does not wait for a response whose client has left', async () => {
    const invoke = vi.fn(() => new Promise<InvocationResult>(() => undefined));
    gateway = await startGateway([{ method: 'GET', path: '/things', invoke }], { stopTimeoutMs: 600_000 });
    const leaving = new AbortController();
    const response = fetch(`${gateway.url}/things`, { signal: leaving.signal }).catch(
      (error: unknown) => error,
    );
    await eventually(() => expect(invoke).toHaveBeenCalled());
    leaving.abort();
    await response;
    await gateway.stop();
  });

  it('abandons a request that has no response in time', async () => {
    const invoke = vi.fn(() => new Promise<InvocationResult>(() => undefined));
    gateway = await startGateway([{ method: 'GET', path: '/things', invoke }], { stopTimeoutMs: 20 });
    const response = fetch(`${gateway.url}/things`).catch((error: unknown) => error);
    await eventually(() => expect(invoke).toHaveBeenCalled());
    await gateway.stop();
    expect(await response).toBeInstanceOf(TypeError);
  });
});

describe("the gateway's authorizer", () => {
  const claims = { sub: 'ada', scope: 'ops' };
  const guarded = async (authorize: Authorize) => {
    const invoke = vi.fn(
      async (_event: unknown): Promise<InvocationResult> => ({ outcome: 'success', payload: {} }),
    );
    gateway = await startGateway([{ method: 'GET', path: '/things', invoke }], { authorize });
    return { url: `${gateway.url}/things`, invoke };
  };

  it('hands its claims to the function', async () => {
    const { url, invoke } = await guarded(async () => claims);
    await fetch(url, { headers: { authorization: 'Bearer token' } });
    expect(invoke.mock.lastCall?.[0]).toMatchObject({ requestContext: { authorizer: { jwt: { claims } } } });
  });

  it('is not asked for a public route', async () => {
    const invoke = vi.fn(
      async (_event: unknown): Promise<InvocationResult> => ({ outcome: 'success', payload: {} }),
    );
    const route = { method: 'GET', path: '/things', isPublic: true, invoke };
    gateway = await startGateway([route], { authorize: async () => undefined });
    expect((await fetch(`${gateway.url}/things`)).status).toBe(200);
    expect(invoke.mock.lastCall?.[0]).not.toMatchObject({ requestContext: { authorizer: {} } });
  });

  it.each([
    ['one of the scopes of the route', { scope: 'openid orders:write' }, 200],
    ['one of them in the claim scp', { scp: '[openid orders:write]' }, 200],
    ['another scope', { scope: 'orders:writer' }, 403],
    ['a scope in scp where scope has none', { scope: 'openid', scp: 'orders:write' }, 403],
    ['no scope', {}, 403],
  ])('a token with %s gets %o: %i', async (_, own, status) => {
    const invoke = vi.fn(async (): Promise<InvocationResult> => ({ outcome: 'success', payload: {} }));
    const route = { method: 'GET', path: '/things', scopes: ['shop', 'orders:write'], invoke };
    gateway = await startGateway([route], { authorize: async () => ({ sub: 'ada', ...own }) });
    const response = await fetch(`${gateway.url}/things`);
    expect([response.status, invoke.mock.calls.length]).toEqual([status, status === 200 ? 1 : 0]);
  });

  it('responds 401 without calling the function where access is refused', async () => {
    const { url, invoke } = await guarded(async () => undefined);
    const response = await fetch(url);
    expect([response.status, await response.json(), invoke.mock.calls]).toEqual([
      401,
      { message: 'Unauthorized' },
      [],
    ]);
  });
});
