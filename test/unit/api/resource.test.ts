import {
  InternalServerError,
  ProvisionedThroughputExceededException,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { type Operation, routeKeyOf } from '../../../contracts/api/operation.ts';
import { operations } from '../../../contracts/api/operations.ts';
import { Problem } from '../../../contracts/api/problem.ts';
import { OrderId, UserId } from '../../../contracts/ids.ts';
import { BodyTooLargeError, UnsupportedMediaTypeError } from '../../../handlers/http/errors.ts';
import { functionHandler } from '../../../handlers/http/function-handler.ts';
import { toProblem } from '../../../handlers/http/problem.ts';
import { type ApiLogger, resource } from '../../../handlers/http/resource.ts';
import { success } from '../../../handlers/http/responses.ts';
import { OptimisticLockError } from '../../../pipelines/dynamodb/optimistic-lock.ts';
import {
  AlreadyExistsError,
  IdempotencyKeyReusedError,
  InvalidRequestError,
  NotFoundError,
  OrderConfirmedError,
  StockNotReservedError,
  TooManyWritesError,
  VersionMismatchError,
} from '../../../pipelines/request-errors.ts';
import { pseudonymOf } from '../../../pipelines/users/pseudonym.ts';
import { type ApiRequest, apiEvent } from '../../builders/api-event.ts';

const context = { awsRequestId: 'request-1' };

const operation = {
  id: 'test',
  method: 'POST',
  path: '/test',
  summary: 'A test',
  access: 'authenticated',
  success: { status: 200, description: 'The test', body: z.object({ fine: z.boolean() }) },
} as const satisfies Operation;
const ok = async () => ({ fine: true });
const SAFE = { 'x-content-type-options': 'nosniff', 'strict-transport-security': 'max-age=63072000' };
const noLimit = async () => undefined;

/** The handler of a resource with one operation. */
const handlerOf = (logger: ApiLogger, test: (request: object) => Promise<{ fine: boolean }>) =>
  resource({ logger, scopePrefix: '' }, [operation], { test });

async function failWith(error: unknown) {
  const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const handler = handlerOf(logger, async () => {
    throw error;
  });
  const answer = await handler(apiEvent(), context);
  return { answer, problem: Problem.parse(JSON.parse(answer.body ?? '')), logger };
}

const fromService = { $metadata: {}, message: 'item {"email":"ada@example.com"} is in the way' };

describe('an API function', () => {
  it('returns the result of its operation', async () => {
    const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const answer = await handlerOf(logger, ok)(apiEvent(), context);
    expect(answer).toMatchObject({ statusCode: 200, body: '{"fine":true}' });
  });

  it('refuses a parameter of the query that its operation does not know, before it does anything', async () => {
    const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const test = vi.fn(ok);
    const answer = await handlerOf(logger, test)(apiEvent({ query: { dryRun: '1' } }), context);
    expect(Problem.parse(JSON.parse(answer.body ?? ''))).toMatchObject({
      status: 400,
      errors: [{ in: 'query', field: 'dryRun', message: 'is not a known parameter' }],
    });
    expect(test).not.toHaveBeenCalled();
  });

  it.each([
    [400, 'invalid-request', new InvalidRequestError('No.', [])],
    [404, 'not-found', new NotFoundError('order')],
    [409, 'already-exists', new AlreadyExistsError('user')],
    [409, 'stock-not-reserved', new StockNotReservedError()],
    [400, 'body-too-large', new BodyTooLargeError(300_000, 262_144)],
    [412, 'version-mismatch', new VersionMismatchError()],
    [415, 'unsupported-media-type', new UnsupportedMediaTypeError()],
    [422, 'idempotency-key-reused', new IdempotencyKeyReusedError()],
    [429, 'too-many-writes', new TooManyWritesError(7, 60)],
  ])('answers %i %s to a refusal, with what can be done', async (status, code, error) => {
    const { answer, problem, logger } = await failWith(error);
    expect(answer.headers).toMatchObject({ 'content-type': 'application/problem+json' });
    expect(problem).toMatchObject({
      status,
      code,
      type: `urn:order-stream:problem:${code}`,
      requestId: 'request-1',
    });
    expect(problem.detail).toContain(error.remedy);
    expect(logger.error).not.toHaveBeenCalled();
  });

  it.each([
    ['the table throttles', new ProvisionedThroughputExceededException(fromService)],
    ['the table fails', new InternalServerError(fromService)],
    ['the network fails', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
    ['a request times out', Object.assign(new Error('slow'), { name: 'TimeoutError' })],
    ['others keep winning', new OptimisticLockError('The order changed')],
  ])('answers 503 with a time to come back when %s', async (_, error) => {
    const { answer, problem, logger } = await failWith(error);
    expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
    expect(problem.code).toBe('try-again');
    expect(logger.warn).toHaveBeenCalledOnce();
  });

  it.each([
    ['an unknown error', new TypeError('ada@example.com is not a function')],
    ['a fault of the deployment', new ResourceNotFoundException(fromService)],
    ['a thrown value', 'ada@example.com'],
  ])('answers 500 without any detail to %s, and logs no message that it does not know', async (_, error) => {
    const { answer, problem, logger } = await failWith(error);
    expect(problem).toMatchObject({ status: 500, code: 'internal-error', requestId: 'request-1' });
    expect(logger.error).toHaveBeenCalledOnce();
    expect(JSON.stringify([answer, logger.error.mock.calls])).not.toContain('ada@example.com');
  });

  it('logs where an unknown error came from', async () => {
    const { logger } = await failWith(new TypeError('x', { cause: new RangeError('y') }));
    expect(logger.error).toHaveBeenCalledWith(
      'The request failed',
      expect.objectContaining({
        requestId: 'request-1',
        correlationId: 'gateway-request-1',
        failure: expect.objectContaining({
          name: 'TypeError',
          stack: expect.arrayContaining([expect.stringContaining('resource.test.ts')]),
          cause: expect.objectContaining({ name: 'RangeError' }),
        }),
      }),
    );
  });
});

describe('the response to a request that succeeded', () => {
  const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const created = {
    ...operation,
    path: '/users/{userId}/things',
    access: 'scoped',
    scopes: ['orders:write'],
    parameters: { path: z.object({ userId: z.string() }) },
    idempotency: 'optional',
    success: {
      status: 201,
      description: 'The thing',
      body: z.object({ thingId: z.string(), version: z.int() }),
      location: '/users/{userId}/things/{thingId}',
      etag: true,
    },
  } as const satisfies Operation;
  const create = async (replayed: boolean) => {
    const response = { thingId: 't-1', version: 17 };
    const handler = resource({ logger, scopePrefix: '' }, [created], {
      test: async () => ({ response, replayed }),
    });
    const event = apiEvent({ routeKey: 'POST /users/{userId}/things', path: { userId: 'ada' } });
    return handler(event, context);
  };

  it('has the status, the location and the version that the operation says', async () => {
    const { statusCode, headers, body } = await create(false);
    expect([statusCode, body]).toEqual([201, '{"thingId":"t-1","version":17}']);
    expect(headers).toEqual({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...SAFE,
      location: '/users/ada/things/t-1',
      etag: '"17"',
    });
  });

  it('says that it is that of an earlier request', async () => {
    expect((await create(true)).headers).toMatchObject({ 'idempotency-replayed': 'true' });
  });
});

describe('a route that the resource does not have', () => {
  it('is a fault of the deployment', async () => {
    const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const { statusCode } = await handlerOf(logger, ok)(apiEvent({ routeKey: 'GET /test' }), context);
    expect(statusCode).toBe(500);
    expect(logger.error).toHaveBeenCalledOnce();
  });
});

describe('a lazy handler', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('is made while Lambda initialises the function', () => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'function');
    const make = vi.fn(() => ok);
    functionHandler(make);
    expect(make).toHaveBeenCalledOnce();
  });

  it('lets the initialisation fail that it cannot be made in', () => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'function');
    const make = () => {
      throw new RangeError('TABLE_NAME is missing');
    };
    expect(() => functionHandler(make)).toThrow(RangeError);
  });

  it('is made at its first request elsewhere, once', async () => {
    const make = vi.fn(() => ok);
    const handler = functionHandler(make);
    expect(make).not.toHaveBeenCalled();
    await handler(apiEvent(), context);
    await handler(apiEvent(), context);
    expect(make).toHaveBeenCalledOnce();
  });

  it('fails each request that it cannot be made for', async () => {
    const handler = functionHandler(() => {
      throw new RangeError('TABLE_NAME is missing');
    });
    await expect(handler(apiEvent(), context)).rejects.toThrow(RangeError);
    await expect(handler(apiEvent(), context)).rejects.toThrow(RangeError);
  });
});

it.each(operations)('$id has safe headers, whatever it answers', async (described) => {
  const body = { userId: 'ada', orderId: 'o', sku: 's', accountId: 'a', version: 17 };
  const result = described.success.status === 201 ? { response: body, replayed: false } : body;
  expect(success(described, {}, result).headers).toMatchObject(SAFE);
  const { response } = toProblem(new NotFoundError('user'), 'request-1', described);
  expect(response.headers).toMatchObject(SAFE);
});

describe('a write', () => {
  const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const write = {
    ...operation,
    path: '/users/{userId}/test',
    access: 'owner',
    scopes: ['orders:write'],
  } as const satisfies Operation;
  const inBody = {
    ...operation,
    access: 'owner',
    scopes: ['orders:write'],
    body: z.strictObject({ userId: z.string() }),
  } as const satisfies Operation;
  const ada = { sub: 'ada' };
  const bob = { sub: 'bob', scope: 'orders:write' };
  const below = { routeKey: 'POST /users/{userId}/test', path: { userId: 'ada' } };
  const readBelow = { routeKey: 'GET /users/{userId}/test', path: { userId: 'ada' } };

  it.each<[string, Operation, ApiRequest, number]>([
    ['of the user of the path', write, { ...below, caller: ada }, 1],
    ['of the staff, on the path of a user', write, { ...below, caller: bob }, 0],
    ['of the user of the body', inBody, { body: { userId: 'ada' }, caller: ada }, 1],
    ['of the staff, with a body that names a user', inBody, { body: { userId: 'ada' }, caller: bob }, 0],
    ['that is none, since it reads', { ...write, method: 'GET' }, { ...readBelow, caller: ada }, 0],
    ['that is not the owner alone', operation, { caller: ada }, 0],
    ['that breaks its contract', inBody, { body: { userId: 1 }, caller: ada }, 0],
  ])('%s takes its token of the owner', async (_, one, request, tokens) => {
    const takeWriteToken = vi.fn(noLimit);
    const deps = { logger, scopePrefix: '', takeWriteToken };
    await resource<Operation>(deps, [one], { test: ok })(apiEvent(request), context);
    expect(takeWriteToken.mock.calls).toEqual(Array.from({ length: tokens }, () => ['ada']));
  });

  it.each([
    [
      'that has no token',
      new TooManyWritesError(7, 60),
      { statusCode: 429, headers: { 'retry-after': '7' } },
    ],
    [
      'whose limiter is throttled',
      new ProvisionedThroughputExceededException(fromService),
      { statusCode: 503 },
    ],
  ])('%s is not made', async (_, error, answer) => {
    const test = vi.fn(ok);
    const takeWriteToken = async () => Promise.reject(error);
    const handler = resource({ logger, scopePrefix: '', takeWriteToken }, [write], { test });
    expect(await handler(apiEvent({ ...below, caller: ada }), context)).toMatchObject(answer);
    expect(test).not.toHaveBeenCalled();
  });
});

describe('access to an operation', () => {
  const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const call = async (
    access: Pick<Operation, 'access' | 'scopes'>,
    caller: { sub: string; scope?: string },
    scopePrefix = '',
  ) => {
    const below = { ...operation, path: '/users/{userId}/test', ...access } as const;
    const event = apiEvent({ routeKey: 'POST /users/{userId}/test', path: { userId: 'ada' }, caller });
    return (await resource({ logger, scopePrefix }, [below], { test: ok })(event, context)).statusCode;
  };
  const owned = { access: 'owner', scopes: ['orders:write', 'ops:read'] } as const;
  const scoped = { access: 'scoped', scopes: ['ops:write'] } as const;

  it.each([
    ['the user of the path', { sub: 'ada' }, 200],
    ['the user of the path by a token for something else', { sub: 'ada', scope: 'openid profile' }, 403],
    ['the user of the path by a token that opens nothing here', { sub: 'ada', scope: 'accounts:write' }, 403],
    ['another user', { sub: 'bob' }, 403],
    ['another user with a scope that opens nothing', { sub: 'bob', scope: 'openid orders:writer' }, 403],
    ['the staff', { sub: 'bob', scope: 'openid orders:write' }, 200],
    ['an operator', { sub: 'bob', scope: 'ops:read' }, 200],
    ['the staff whose issuer writes scopes as a list', { sub: 'bob', scope: '[openid orders:write]' }, 200],
  ])('below a user is for %s: %o gets %i', async (_, caller, status) => {
    expect(await call(owned, caller)).toBe(status);
  });

  it.each([
    ['the user of the path', { sub: 'ada' }, 403],
    ['a scope of another operation', { sub: 'bob', scope: 'orders:write accounts:write ops:read' }, 403],
    ['its own scope', { sub: 'bob', scope: 'ops:write' }, 200],
  ])('that is for scopes alone: %s, %o, gets %i', async (_, caller, status) => {
    expect(await call(scoped, caller)).toBe(status);
  });

  it.each([
    ['shop', 200],
    ['ops:read', 200],
    ['openid', 403],
    ['', 403],
  ])('that any caller has takes an access token for this API: scope %j gets %i', async (scope, status) => {
    expect(await call({ access: 'authenticated' }, { sub: 'bob', scope })).toBe(status);
  });

  it.each([
    ['order-stream/ops:write', 200],
    ['ops:write', 403],
    ['other/ops:write', 403],
    ['order-stream/order-stream/ops:write', 403],
  ])('takes scopes with the prefix of the issuer alone: %s gets %i', async (scope, status) => {
    expect(await call(scoped, { sub: 'bob', scope }, 'order-stream/')).toBe(status);
  });

  it.each([
    ['access', 200],
    ['id', 401],
    ['', 401],
  ])('is by a token whose issuer says that its use is %j: %i', async (token_use, status) => {
    const event = apiEvent();
    Object.assign(event.requestContext.authorizer.jwt.claims, { token_use });
    const answer = await handlerOf(logger, ok)(event, context);
    expect(answer.statusCode).toBe(status);
  });

  it.each([
    ['the user of the body', { sub: 'ada' }, 200],
    ['another user', { sub: 'bob' }, 403],
    ['the staff', { sub: 'bob', scope: 'orders:write' }, 200],
  ])('to what the body names an owner of is for %s: %o gets %i', async (_, caller, status) => {
    const inBody = { ...operation, ...owned, body: z.strictObject({ userId: z.string() }) } as const;
    const event = apiEvent({ body: { userId: 'ada' }, caller });
    const deps = { logger, scopePrefix: '', takeWriteToken: noLimit };
    expect((await resource(deps, [inBody], { test: ok })(event, context)).statusCode).toBe(status);
  });

  it('is refused with 401 where no authorizer vouches for the caller', async () => {
    const { requestContext, ...event } = apiEvent({ path: { userId: 'ada' } });
    const { authorizer: _, ...unvouched } = requestContext;
    const answer = await handlerOf(logger, ok)({ ...event, requestContext: unvouched }, context);
    expect(answer.statusCode).toBe(401);
  });
});

describe('the audit line', () => {
  const ORDER_ID = '01KJMSY7G00000000000000001';
  const written = {
    ...operation,
    path: '/users/{userId}/orders/{orderId}',
    access: 'owner',
    scopes: ['orders:write'],
    parameters: { path: z.object({ userId: UserId, orderId: OrderId }) },
  } as const satisfies Operation;
  const auditOf = async (
    caller: { sub: string; scope?: string },
    {
      op = written,
      failure,
      orderId = ORDER_ID,
    }: { op?: Operation; failure?: Error | undefined; orderId?: string } = {},
  ) => {
    const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const handler = resource({ logger, scopePrefix: '' }, [op], {
      test: async () => {
        if (failure !== undefined) throw failure;
        return { fine: true };
      },
    });
    const path = { userId: 'ada', orderId };
    await handler(apiEvent({ routeKey: routeKeyOf(op), path, caller }), context);
    return logger.info.mock.calls.filter(([message]) => message === 'Audit').map(([, line]) => line);
  };

  it('of a write by the staff names who, what, on what, and in which request', async () => {
    expect(await auditOf({ sub: 'grace', scope: 'orders:write' })).toEqual([
      {
        audit: {
          operation: 'test',
          outcome: 'done',
          actor: 'grace',
          scopes: ['orders:write'],
          target: { orderId: ORDER_ID, user: pseudonymOf('ada') },
          correlationId: 'gateway-request-1',
        },
        requestId: 'request-1',
      },
    ]);
  });

  it('of a user has a pseudonym of theirs and no id, since a log cannot forget them', async () => {
    const [line] = await auditOf({ sub: 'ada' });
    const user = pseudonymOf('ada');
    expect(line).toMatchObject({ audit: { actor: user, target: { orderId: ORDER_ID, user } } });
    expect(JSON.stringify(line)).not.toContain('ada');
  });

  it.each([
    ['without access', { sub: 'grace', scope: 'ops:read' }, undefined, 'refused'],
    ['that the state refuses', { sub: 'grace', scope: 'orders:write' }, new OrderConfirmedError(), 'refused'],
    ['whose response was lost', { sub: 'grace', scope: 'orders:write' }, new Error('lost'), 'unknown'],
  ])('of an attempt %s does not say that it was done', async (_, caller, failure, outcome) => {
    expect(await auditOf(caller, { failure })).toMatchObject([{ audit: { outcome, actor: 'grace' } }]);
  });

  it.each([
    ['that is malformed', { sub: 'grace', scope: 'orders:write' }],
    ['without access', { sub: 'grace', scope: 'ops:read' }],
  ])('of an attempt %s holds no other text of the path than its ids', async (_, caller) => {
    const [line] = await auditOf(caller, { orderId: 'alice@example.com' });
    expect(line).toMatchObject({ audit: { outcome: 'refused', target: { user: pseudonymOf('ada') } } });
    expect(JSON.stringify(line)).not.toContain('alice');
  });

  it('is not written for a read', async () => {
    expect(await auditOf({ sub: 'ada' }, { op: { ...written, method: 'GET' } })).toEqual([]);
  });

  it('names what was created', async () => {
    const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const created = {
      ...written,
      path: '/users/{userId}/orders',
      parameters: { path: z.object({ userId: UserId }) },
      idempotency: 'optional',
      success: { ...operation.success, body: z.object({ orderId: z.string() }) },
    } as const satisfies Operation;
    const test = async () => ({ response: { orderId: ORDER_ID }, replayed: false });
    const handler = resource({ logger, scopePrefix: '', takeWriteToken: noLimit }, [created], { test });
    await handler(
      apiEvent({ routeKey: routeKeyOf(created), path: { userId: 'ada' }, caller: { sub: 'ada' } }),
      context,
    );
    expect(logger.info.mock.lastCall).toMatchObject(['Audit', { audit: { target: { orderId: ORDER_ID } } }]);
  });
});
