import {
  InternalServerError,
  ProvisionedThroughputExceededException,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import type { Operation, OperationAccess } from '../../../contracts/api/operation.ts';
import { Problem } from '../../../contracts/api/problem.ts';
import { BodyTooLargeError, UnsupportedMediaTypeError } from '../../../handlers/http/errors.ts';
import { functionHandler } from '../../../handlers/http/function-handler.ts';
import { type ApiLogger, resource } from '../../../handlers/http/resource.ts';
import { OptimisticLockError } from '../../../pipelines/dynamodb/optimistic-lock.ts';
import {
  AlreadyExistsError,
  IdempotencyKeyReusedError,
  InvalidRequestError,
  NotFoundError,
  StockNotReservedError,
  VersionMismatchError,
} from '../../../pipelines/request-errors.ts';
import { apiEvent } from '../../builders/api-event.ts';

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

/** The handler of a resource with one operation. */
const handlerOf = (logger: ApiLogger, test: (request: object) => Promise<{ fine: boolean }>) =>
  resource(logger, [operation], { test });

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
    access: 'staff',
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
    const handler = resource(logger, [created], { test: async () => ({ response, replayed }) });
    const event = apiEvent({ routeKey: 'POST /users/{userId}/things', path: { userId: 'ada' } });
    return handler(event, context);
  };

  it('has the status, the location and the version that the operation says', async () => {
    const { statusCode, headers, body } = await create(false);
    expect([statusCode, body]).toEqual([201, '{"thingId":"t-1","version":17}']);
    expect(headers).toEqual({
      'content-type': 'application/json',
      'cache-control': 'no-store',
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

describe('access to an operation', () => {
  const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const call = async (access: OperationAccess, caller: { sub: string; scope?: string }) => {
    const below = { ...operation, path: '/users/{userId}/test', access } as const;
    const event = apiEvent({ routeKey: 'POST /users/{userId}/test', path: { userId: 'ada' }, caller });
    return (await resource(logger, [below], { test: ok })(event, context)).statusCode;
  };

  it.each([
    ['the user of the path', { sub: 'ada' }, 200],
    ['another user', { sub: 'bob' }, 403],
    [
      'another user with a scope that opens nothing',
      { sub: 'bob', scope: 'openid orders:administrator' },
      403,
    ],
    ['the staff', { sub: 'bob', scope: 'openid orders:admin' }, 200],
    ['an operator', { sub: 'bob', scope: 'ops' }, 200],
    ['the staff whose issuer writes scopes as a list', { sub: 'bob', scope: '[openid orders:admin]' }, 200],
  ])('below a user is for %s: %o gets %i', async (_, caller, status) => {
    expect(await call('owner', caller)).toBe(status);
  });

  it.each([
    ['the user of the path', { sub: 'ada' }, 403],
    ['the staff', { sub: 'bob', scope: 'orders:admin' }, 200],
    ['an operator', { sub: 'bob', scope: 'ops' }, 200],
  ])('that is for the shop alone: %s, %o, gets %i', async (_, caller, status) => {
    expect(await call('staff', caller)).toBe(status);
  });

  it.each([
    ['the user of the path', { sub: 'ada' }, 403],
    ['the staff', { sub: 'bob', scope: 'orders:admin' }, 403],
    ['an operator', { sub: 'bob', scope: 'ops' }, 200],
  ])('that is for operators alone: %s, %o, gets %i', async (_, caller, status) => {
    expect(await call('operatorOnly', caller)).toBe(status);
  });

  it.each([
    ['the user of the body', { sub: 'ada' }, 200],
    ['another user', { sub: 'bob' }, 403],
    ['the staff', { sub: 'bob', scope: 'orders:admin' }, 200],
  ])('to what the body names an owner of is for %s: %o gets %i', async (_, caller, status) => {
    const inBody = { ...operation, access: 'owner', body: z.strictObject({ userId: z.string() }) } as const;
    const event = apiEvent({ body: { userId: 'ada' }, caller });
    expect((await resource(logger, [inBody], { test: ok })(event, context)).statusCode).toBe(status);
  });

  it('is refused with 401 where no authorizer vouches for the caller', async () => {
    const { requestContext, ...event } = apiEvent({ path: { userId: 'ada' } });
    const { authorizer: _, ...unvouched } = requestContext;
    const answer = await handlerOf(logger, ok)({ ...event, requestContext: unvouched }, context);
    expect(answer.statusCode).toBe(401);
  });
});
