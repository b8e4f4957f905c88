import { errors } from '@opensearch-project/opensearch';
import { describe, expect, it, vi } from 'vitest';
import {
  CustomResourceResponseError,
  type InstallIndicesDeps,
  installIndicesHandler,
  type Send,
} from '../../../handlers/deploy/install-indices.ts';
import type { OpenSearchClient } from '../../../pipelines/search/open-search.ts';

const RESPONSE_URL = 'https://cloudformation.example/answer?signature=secret';
const definitions = [{ name: 'orders', body: {} }];
const oneTry = { attemptsMax: 1, delayMsBase: 0, delayMsMax: 0, budgetMs: 0 };
/** See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html. */
const RESPONSE_CHARS_MAX = 4_096;
const inGoodTime = { getRemainingTimeInMillis: () => 60_000 };

describe('the custom resource of the search indices', () => {
  it.each(['Create', 'Update'])('installs them on %s, and responds with what it did', async (requestType) => {
    const { handle, responses } = handlerWith({ client: () => openSearchWithoutIndices });

    await handle(requestOf(requestType), inGoodTime);

    expect(responses()).toEqual([
      {
        Status: 'SUCCESS',
        Data: { orders: 'created' },
        PhysicalResourceId: 'search-indices',
        StackId: 'stack',
        RequestId: 'request',
        LogicalResourceId: 'SearchIndices',
      },
    ]);
  });

  it('gives the templates of what is searched as many shards as the template of the stack says', async () => {
    const bodies: unknown[] = [];
    const client: OpenSearchClient = {
      transport: {
        request: (request, limits) => {
          if (request.path.startsWith('/_index_template/')) bodies.push(request.body?.['template']);
          return openSearchWithoutIndices.transport.request(request, limits);
        },
      },
    };
    const one = { settings: { index: { number_of_shards: 1, refresh_interval: '1s' } } };
    const both = ['orders', 'heartbeats'].map((name) => ({ name, body: one }));
    const { handle } = handlerWith({ client: () => client, definitions: both });

    await handle({ ...requestOf('Update'), ResourceProperties: { Shards: '3' } }, inGoodTime);

    expect(bodies).toEqual([{ settings: { index: { number_of_shards: 3, refresh_interval: '1s' } } }, one]);
  });

  it('leaves them where they are on Delete', async () => {
    const client = vi.fn();
    const { handle, responses } = handlerWith({ client });

    await handle(requestOf('Delete'), inGoodTime);

    expect(responses()).toMatchObject([{ Status: 'SUCCESS', PhysicalResourceId: 'search-indices' }]);
    expect(client).not.toHaveBeenCalled();
  });

  it('responds with the failure and its remedy, when OpenSearch cannot be reached', async () => {
    const { handle, responses } = handlerWith({ client: () => unreachable });

    await handle(requestOf('Create'), inGoodTime);

    expect(responses()).toMatchObject([
      { Status: 'FAILED', Reason: expect.stringMatching(/^search-unavailable: .*cluster's health/) },
    ]);
  });

  it('tries again while a new domain does not respond yet', async () => {
    let tries = 0;
    const waking: OpenSearchClient = {
      transport: {
        request: (request, limits) => {
          tries += 1;
          return (tries < 3 ? unreachable : openSearchWithoutIndices).transport.request(request, limits);
        },
      },
    };
    const { handle, responses } = handlerWith({
      client: () => waking,
      retryPolicy: { ...oneTry, attemptsMax: 5, budgetMs: 1_000 },
    });

    await handle(requestOf('Create'), inGoodTime);

    expect(responses()).toMatchObject([{ Status: 'SUCCESS' }]);
  });

  it.each([
    ['an error', new TypeError('no endpoint'), 'TypeError: no endpoint'],
    ['something else', 'no endpoint', 'Thrown: no endpoint'],
    [
      'an address with credentials',
      new Error('https://user:secret@search.example was refused'),
      'Error: https://search.example was refused',
    ],
  ])('responds with the message itself of an unforeseen failure: %s', async (_, thrown, reason) => {
    const { handle, responses } = handlerWith({ client: throwing(thrown) });

    await handle(requestOf('Create'), inGoodTime);

    expect(responses()).toMatchObject([{ Status: 'FAILED', Reason: reason }]);
  });

  it('responds with a long message within the size that CloudFormation takes', async () => {
    const { handle, responses } = handlerWith({ client: throwing(new Error('x'.repeat(10_000))) });

    await handle(requestOf('Create'), inGoodTime);

    expect(JSON.stringify(responses()).length).toBeLessThan(RESPONSE_CHARS_MAX);
  });

  it('responds with the failure before its own time expires when OpenSearch is silent', async () => {
    const { handle, responses } = handlerWith({ client: () => silent });

    await handle(requestOf('Create'), { getRemainingTimeInMillis: () => 12_005 });

    expect(responses()).toMatchObject([{ Status: 'FAILED' }]);
  });

  it('responds without a content type, as the URL is signed', async () => {
    const { handle, send } = handlerWith({ client: () => openSearchWithoutIndices });

    await handle(requestOf('Create'), inGoodTime);

    const [url, init] = send.mock.calls[0] ?? [];
    expect(new Request(url ?? '', init).headers.has('content-type')).toBe(false);
  });

  it('sends its response again when it was not accepted', async () => {
    const send = vi.fn<Send>().mockResolvedValueOnce({ ok: false, status: 503 });
    send.mockResolvedValue({ ok: true, status: 200 });
    const { handle } = handlerWith({ client: () => openSearchWithoutIndices, send });

    await handle(requestOf('Create'), inGoodTime);

    expect(send).toHaveBeenCalledTimes(2);
  });

  it('fails without naming the URL when its response is never accepted', async () => {
    const send = vi.fn<Send>().mockRejectedValue(new TypeError(`fetch failed for ${RESPONSE_URL}`));
    const { handle } = handlerWith({ client: () => openSearchWithoutIndices, send });

    const error: unknown = await handle(requestOf('Create'), inGoodTime).catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(CustomResourceResponseError);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('secret');
  });
});

const requestOf = (requestType: string) => ({
  RequestType: requestType,
  ResponseURL: RESPONSE_URL,
  StackId: 'stack',
  RequestId: 'request',
  LogicalResourceId: 'SearchIndices',
});

function handlerWith(deps: Pick<InstallIndicesDeps, 'client'> & Partial<InstallIndicesDeps>) {
  const send = vi.fn<Send>().mockResolvedValue({ ok: true, status: 200 });
  const logger = { info: vi.fn(), error: vi.fn() };
  const handle = installIndicesHandler({ definitions, send, logger, retryPolicy: oneTry, ...deps });
  const responses = (): unknown[] => send.mock.calls.map(([, { body }]) => JSON.parse(String(body)));
  return { handle, send, responses };
}

const throwing = (thrown: unknown) => (): never => {
  throw thrown;
};

const clientOf = (
  respond: (method: string) => Promise<{ statusCode: number; body: unknown }>,
): OpenSearchClient => ({
  transport: { request: ({ method }) => Object.assign(respond(method), { abort: () => {} }) },
});
const openSearchWithoutIndices = clientOf(async (method) =>
  method === 'GET' ? { statusCode: 404, body: { error: 'missing' } } : { statusCode: 200, body: {} },
);
const unreachable = clientOf(() => Promise.reject(new errors.ConnectionError('connect ECONNREFUSED')));
const silent = clientOf(() => new Promise(() => {}));
