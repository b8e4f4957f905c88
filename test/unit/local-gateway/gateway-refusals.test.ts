import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GatewayMessage } from '../../../contracts/api/problem.ts';
import { type Gateway, startGateway } from '../../../infra/local/gateway/gateway.ts';
import { functionError, type InvocationResult } from '../../../infra/local/lambda/invocation-result.ts';

const done: InvocationResult = { outcome: 'success', payload: { statusCode: 200, body: 'done' } };
const invoke = vi.fn(async (_event: unknown, _givenUp: AbortSignal): Promise<InvocationResult> => done);
let gateway: Gateway;

beforeEach(async () => {
  invoke.mockReset().mockResolvedValue(done);
  gateway = await startGateway(
    [
      { method: 'GET', path: '/things/{id}', invoke },
      { method: 'POST', path: '/things', invoke },
    ],
    { integrationTimeoutMs: 500 },
  );
});
afterEach(() => gateway.stop());

interface GatewayResponse {
  readonly statusLine: string;
  readonly type: string | undefined;
  readonly body: string;
}

/** Everything that comes back for these bytes, up to the end of the connection, as its responses. */
async function responsesTo(...parts: readonly (string | Buffer)[]): Promise<GatewayResponse[]> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  for (const part of parts) socket.write(typeof part === 'string' ? Buffer.from(part, 'latin1') : part);
  await closed;
  const [nothing, ...responses] = Buffer.concat(pieces).toString().split('HTTP/1.1 ');
  expect(nothing).toBe('');
  return responses.map((text) => {
    const [head = '', body = ''] = text.split('\r\n\r\n');
    const [statusLine = '', ...headers] = head.split('\r\n');
    const type = headers.find((line) => /^content-type:/i.test(line))?.replace(/^.*: /, '');
    return { statusLine, type, body };
  });
}

const request = (line: string, ...headers: readonly string[]) =>
  [`${line} HTTP/1.1`, 'host: local', 'connection: close', ...headers, '', ''].join('\r\n');
const post = (...headers: readonly string[]) => request('POST /things', ...headers);

/** One response of the gateway's own, and the function was not called. */
async function refusal(...parts: readonly (string | Buffer)[]): Promise<string> {
  const responses = await responsesTo(...parts);
  expect(responses).toHaveLength(1);
  const [{ statusLine, type, body }] = responses as [GatewayResponse];
  expect(type).toBe('application/json');
  const parsed: unknown = JSON.parse(body);
  expect(Object.keys(GatewayMessage.parse(parsed))).toEqual(Object.keys(parsed as object));
  expect(invoke).not.toHaveBeenCalled();
  return `${statusLine.slice(0, 3)} ${GatewayMessage.parse(parsed).message}`;
}

describe("the gateway's own refusals", () => {
  it.each([
    ['an escape in the path that is no UTF-8', request('GET /things/%ff'), '400 Bad Request'],
    ['an escape in the path that is none', request('GET /things/%zz'), '400 Bad Request'],
    ['an escape in the path that is cut off', request('GET /things/%4'), '400 Bad Request'],
    ['half a surrogate pair in the path', request('GET /things/%ed%a0%80'), '400 Bad Request'],
    ['an overlong encoding of a slash', request('GET /things/%c0%af'), '400 Bad Request'],
    ['a bad escape in a path without a route', request('GET /nothing/%ff'), '400 Bad Request'],
    ['an escape in the query that is no UTF-8', request('GET /things/1?a=%ff'), '400 Bad Request'],
    ['an escape in the query that is none', request('GET /things/1?a=1&b=%'), '400 Bad Request'],
    ['bytes in the path that are not escaped', request('GET /things/\u00fc'), '400 Bad Request'],
    ['a path that is too long', request(`GET /things/${'a'.repeat(11_000)}`), /^431 /],
    ['a query that is too long', request(`GET /things/1?a=${'a'.repeat(11_000)}`), /^431 /],
    ['headers that are too long together', request('GET /things/1', ...many(11, 1_000)), /^431 /],
    ['a head of half a megabyte', request('GET /things/1', `x-a: ${'a'.repeat(524_288)}`), /^431 /],
    ['a path without a route', request('GET /nothing'), '404 Not Found'],
    ['a path with an empty segment', request('GET //things/1'), '404 Not Found'],
    ['a method without a route', request('DELETE /things/1'), '404 Not Found'],
    ['a method of another protocol', request('PROPFIND /things/1'), '404 Not Found'],
    ['TRACE', request('TRACE /things/1'), '404 Not Found'],
    ['an asterisk as the path', request('OPTIONS *'), '404 Not Found'],
    ['a method that is none', request('BREW /things/1'), '400 Bad Request'],
    ['a tunnel', request('CONNECT 127.0.0.1:22'), '400 Bad Request'],
    ['no HTTP', 'nonsense\r\n\r\n', '400 Bad Request'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '400 Bad Request'],
    ['TLS', Buffer.from('16030100b0010000ac0303', 'hex'), '400 Bad Request'],
    ['a version of HTTP that is none', 'GET /things/1 HTTP/9.9\r\nhost: a\r\n\r\n', '400 Bad Request'],
    ['no Host', 'GET /things/1 HTTP/1.1\r\nconnection: close\r\n\r\n', '400 Bad Request'],
    ['a header with a control character', request('GET /things/1', 'x-a: b\u0001'), '400 Bad Request'],
    ['a header without a name', request('GET /things/1', ': b'), '400 Bad Request'],
    ['a length that is none', post('content-length: ten'), '400 Bad Request'],
    ['a length below zero', post('content-length: -1'), '400 Bad Request'],
    ['two lengths', post('content-length: 1', 'content-length: 2'), '400 Bad Request'],
    [
      'a length and chunks',
      `${post('content-length: 5', 'transfer-encoding: chunked')}0\r\n\r\n`,
      '400 Bad Request',
    ],
    ['a transfer coding that ends in no chunks', post('transfer-encoding: gzip'), '400 Bad Request'],
    ['a chunk whose size is none', `${post('transfer-encoding: chunked')}zz\r\nab\r\n`, '400 Bad Request'],
    [
      'a chunk that is longer than it says',
      `${post('transfer-encoding: chunked')}1\r\nabc\r\n0\r\n\r\n`,
      '400 Bad Request',
    ],
    ['an expectation that is unknown', request('GET /things/1', 'expect: tea'), '417 Expectation Failed'],
    ['a length over 10 MB', post('content-length: 10485761'), '413 Request Entity Too Large'],
    [
      'chunks of over 10 MB',
      Buffer.concat([
        Buffer.from(`${post('transfer-encoding: chunked')}b00000\r\n`),
        Buffer.alloc(0xb00000, 'a'),
        Buffer.from('\r\n0\r\n\r\n'),
      ]),
      '413 Request Entity Too Large',
    ],
  ])('respond %s with one message', async (_name, bytes, expected) => {
    const response = await refusal(bytes);
    if (typeof expected === 'string') expect(response).toBe(expected);
    else expect(response).toMatch(expected);
  });

  it('leave a head alone that is just as long as it may be', async () => {
    const bare = request('GET /things/1', 'x-a: ');
    const counted = 'GET /things/1 HTTP/1.1localclose'.length;
    const [response] = await responsesTo(bare.replace('x-a: ', `x-a: ${'a'.repeat(10_240 - counted)}`));
    expect(response).toMatchObject({ body: 'done' });
  });

  it('end the connection of a head that does not end, and nothing else', async () => {
    for (const { statusLine } of await responsesTo(request('GET /things/1', `x-a: ${'a'.repeat(3_145_728)}`)))
      expect(statusLine).toMatch(/^431 /);
    expect((await fetch(`${gateway.url}/things/1`)).status).toBe(200);
  });

  it('do not change a response that is being sent when what follows is no HTTP', async () => {
    const responses = await responsesTo(
      request('GET /things/1').replace('connection: close\r\n', ''),
      'nonsense\r\n\r\n',
    );
    expect(responses.length).toBeLessThanOrEqual(2);
    for (const { type, body } of responses)
      if (type === 'application/json') GatewayMessage.parse(JSON.parse(body));
  });

  it.each<[string, InvocationResult, string]>([
    ['a function error', functionError('RangeError', 'a secret'), '500 Internal Server Error'],
    [
      'a header that no response may have',
      { outcome: 'success', payload: { statusCode: 200, headers: { 'x-a': 'b\r\nc: d' } } },
      '500 Internal Server Error',
    ],
    [
      'a header whose name is none',
      { outcome: 'success', payload: { statusCode: 200, headers: { 'x a': 'b' } } },
      '500 Internal Server Error',
    ],
  ])('respond for a function with %s', async (_name, result, expected) => {
    invoke.mockResolvedValue(result);
    const response = await fetch(`${gateway.url}/things/1`);
    const { message } = GatewayMessage.strict().parse(await response.json());
    expect(`${response.status} ${message}`).toBe(expected);
  });

  it('respond 503 for a function that does not respond in time', async () => {
    invoke.mockReturnValue(new Promise(() => undefined));
    const response = await fetch(`${gateway.url}/things/1`);
    expect([response.status, await response.json()]).toEqual([503, { message: 'Service Unavailable' }]);
    expect(invoke.mock.lastCall?.[1]?.aborted).toBe(true);
  });

  it('respond 500 for a function that cannot be called', async () => {
    invoke.mockRejectedValue(new Error('a secret'));
    const response = await fetch(`${gateway.url}/things/1`);
    expect([response.status, await response.json()]).toEqual([500, { message: 'Internal Server Error' }]);
  });
});

describe('the body that a function gets', () => {
  it.each([
    ['text in UTF-8', Buffer.from('{"a":"\u00fc"}'), '{"a":"\u00fc"}', false],
    ['Latin-1', Buffer.from('{"a":"\u00fc"}', 'latin1'), 'eyJhIjoi/CJ9', true],
    ['a cut-off character', Buffer.from('7b22c3', 'hex'), 'eyLD', true],
    ['a compressed body', Buffer.from('1f8b0800', 'hex'), 'H4sIAA==', true],
  ])('of %s holds every byte', async (_name, bytes, body, isBase64Encoded) => {
    const headers = { 'content-type': 'application/json' };
    await fetch(`${gateway.url}/things`, { method: 'POST', body: bytes, headers });
    expect(invoke.mock.lastCall?.[0]).toMatchObject({ body, isBase64Encoded });
  });
});

function many(count: number, length: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `x-${index}: ${'a'.repeat(length)}`);
}
