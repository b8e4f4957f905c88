import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { BODY_BYTES_MAX, type Operation } from '../../../contracts/api/operation.ts';
import { operations } from '../../../contracts/api/operations.ts';
import { OrderId, UserId } from '../../../contracts/ids.ts';
import {
  BodyTooLargeError,
  UnreadableBodyError,
  UnsupportedMediaTypeError,
} from '../../../handlers/http/errors.ts';
import { PROBLEM_FIELDS_MAX } from '../../../handlers/http/problem.ts';
import { readBody, readHeaders, readPath, readQuery } from '../../../handlers/http/read-request.ts';
import { type ApiRequest, apiEvent } from '../../builders/api-event.ts';
import { refusedFields } from '../../builders/refused-fields.ts';

const Body = z.strictObject({ note: z.string(), 'a/b~c': z.strictObject({ n: z.int() }).optional() });
const read = (request: ApiRequest) => readBody(apiEvent(request), Body);

describe('readBody', () => {
  it('reads JSON', () => {
    expect(read({ body: { note: 'hello' } })).toEqual({ note: 'hello' });
  });

  it('reads a body that came in base64', () => {
    expect(read({ body: { note: 'grün' }, base64: true })).toEqual({ note: 'grün' });
  });

  it.each(['application/json; charset=utf-8', 'Application/JSON', 'application/merge-patch+json'])(
    'takes %s for JSON',
    (type) => {
      expect(read({ body: { note: '' }, headers: { 'content-type': type } })).toEqual({ note: '' });
    },
  );

  it.each(['text/plain', 'application/jsonlines', 'application/x-www-form-urlencoded', ''])(
    'refuses the media type %j',
    (type) => {
      const request = { body: { note: '' }, headers: { 'content-type': type } };
      expect(() => read(request)).toThrow(UnsupportedMediaTypeError);
    },
  );

  it.each(['{', 'nope', '{"note": 1,}', '﻿{'])('refuses the text %j, which is no JSON', (body) => {
    expect(() => read({ body })).toThrow(UnreadableBodyError);
  });

  it('refuses bytes that are no UTF-8', () => {
    const event = {
      ...apiEvent({ body: 'x', base64: true }),
      body: Buffer.from([0x22, 0xff, 0x22]).toString('base64'),
    };
    expect(() => readBody(event, Body)).toThrow(UnreadableBodyError);
  });

  it('refuses a request without a body', () => {
    expect(() => read({})).toThrow(UnreadableBodyError);
  });

  it('does not quote a body that it cannot read', () => {
    expect(() => read({ body: 'secret' })).toThrow(expect.not.objectContaining({ message: /secret/ }));
  });

  it('takes a body of just the size that is allowed', () => {
    const note = 'x'.repeat(BODY_BYTES_MAX - '{"note":""}'.length);
    expect(read({ body: { note } })).toEqual({ note });
  });

  it.each([false, true])('refuses one byte more (in base64: %s)', (base64) => {
    const note = 'x'.repeat(BODY_BYTES_MAX - '{"note":""}'.length + 1);
    expect(() => read({ body: { note }, base64 })).toThrow(BodyTooLargeError);
  });

  it('counts bytes and not characters', () => {
    expect(() => read({ body: { note: 'ü'.repeat(BODY_BYTES_MAX / 2) } })).toThrow(BodyTooLargeError);
  });

  it('names a field by its JSON Pointer', () => {
    expect(refusedFields(() => read({ body: { note: '', 'a/b~c': { n: 'x' } } }))).toEqual(['/a~1b~0c/n']);
  });

  it('names each unknown field, at any depth', () => {
    const body = { note: '', x: 1, y: 2, 'a/b~c': { n: 1, z: 3 } };
    expect(refusedFields(() => read({ body })).sort()).toEqual(['/a~1b~0c/z', '/x', '/y']);
  });

  it('names the unknown field __proto__', () => {
    expect(refusedFields(() => read({ body: '{"note":"","__proto__":{"admin":true}}' }))).toEqual([
      '/__proto__',
    ]);
  });

  it('names the whole body when it is no object', () => {
    expect(refusedFields(() => read({ body: '[]' }))).toEqual(['']);
  });

  it('names a bounded number of fields', () => {
    const body = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`field${index}`, 1]));
    expect(refusedFields(() => read({ body }))).toHaveLength(PROBLEM_FIELDS_MAX);
  });
});

describe('readPath', () => {
  const shape = z.object({ userId: UserId, orderId: OrderId });

  it('reads the parameters', () => {
    const path = { userId: 'u-1', orderId: '01KJMSY7G00000000000000001' };
    expect(readPath(apiEvent({ path }), shape)).toEqual(path);
  });

  it('names each that is missing', () => {
    expect(refusedFields(() => readPath(apiEvent(), shape))).toEqual(['userId', 'orderId']);
  });

  it('refuses an order id in lower case, which is another key', () => {
    const path = { userId: 'u-1', orderId: '01kjmsy7g00000000000000001' };
    expect(refusedFields(() => readPath(apiEvent({ path }), shape))).toEqual(['orderId']);
  });
});

describe('readQuery', () => {
  const schema = z.object({ one: z.string().optional(), some: z.array(z.string().min(1)).optional() });
  const query = (rawQueryString: string) => readQuery({ ...apiEvent(), rawQueryString }, schema);

  it.each([
    ['', {}],
    ['one=a', { one: 'a' }],
    ['one=a,b', { one: 'a,b' }],
    ['one=a%2Cb&some=c%2Cd', { one: 'a,b', some: ['c,d'] }],
    ['some=a&some=b&some=a', { some: ['a', 'b', 'a'] }],
    ['o%6Ee=a+b%20c', { one: 'a b c' }],
    ['one', { one: '' }],
  ])('reads %j', (raw, expected) => {
    expect(query(raw)).toEqual(expected);
  });

  it.each([
    ['a parameter that is repeated and takes one value', 'one=a&one=b', ['one']],
    ['one that is repeated in two spellings', 'one=a&%6Fne=a', ['one']],
    ['one that is not known', 'two=a&One=a', ['two', 'One']],
    ['one that is not known and repeated', 'two=a&two=b', ['two']],
    ['one of several values that is malformed', 'some=a&some=', ['some']],
    ['the parameter __proto__', '__proto__=a&__proto__=b', ['__proto__']],
    ['the parameter constructor', 'constructor=a', ['constructor']],
  ])('refuses %s, and names it', (_, raw, fields) => {
    expect(refusedFields(() => query(raw))).toEqual(fields);
  });

  const parameters = operations.flatMap(({ id, parameters: { query: shape } = {} }) =>
    Object.keys(shape?.shape ?? {}).map((name) => ({ id, name, schema: shape ?? z.object({}) })),
  );
  const SEVERAL = [
    'searchOrders status',
    'searchOrders category',
    'searchProducts category',
    'searchProducts subCategory',
    'searchUsers segment',
  ];
  it.each(parameters)('takes $name of $id once, or with all of its values', ({ id, name, schema: of }) => {
    const twice = { ...apiEvent(), rawQueryString: `${name}=delivered&${name}=placed` };
    if (SEVERAL.includes(`${id} ${name}`))
      expect(readQuery(twice, of)).toMatchObject({ [name]: ['delivered', 'placed'] });
    else expect(refusedFields(() => readQuery(twice, of))).toEqual([name]);
  });
});

describe('readHeaders', () => {
  const operation = (takes: Pick<Operation, 'idempotency' | 'ifMatch'>): Operation => ({
    id: 'test',
    method: 'POST',
    path: '/test',
    summary: 'A test',
    access: 'authenticated',
    success: { status: 200, description: 'The test', body: z.object({}) },
    ...takes,
  });
  const optional = operation({ idempotency: 'optional', ifMatch: 'optional' });

  it('is undefined without the header', () => {
    expect(readHeaders(apiEvent(), optional)).toEqual({ idempotencyKey: undefined, ifMatch: undefined });
  });

  it('reads the header', () => {
    const event = apiEvent({ headers: { 'idempotency-key': '"8e03-1"', 'if-match': '"17"' } });
    expect(readHeaders(event, optional)).toEqual({ idempotencyKey: '"8e03-1"', ifMatch: 17 });
  });

  it('names each header that is malformed', () => {
    const event = apiEvent({ headers: { 'idempotency-key': 'ü', 'if-match': '17' } });
    expect(refusedFields(() => readHeaders(event, optional))).toEqual(['Idempotency-Key', 'If-Match']);
  });

  it('names a header that is required and missing', () => {
    const required = operation({ idempotency: 'required' });
    expect(refusedFields(() => readHeaders(apiEvent(), required))).toEqual(['Idempotency-Key']);
  });

  it('ignores a header that the operation does not take', () => {
    const event = apiEvent({ headers: { 'idempotency-key': 'ü', 'if-match': '17' } });
    expect(readHeaders(event, operation({}))).toEqual({ idempotencyKey: undefined, ifMatch: undefined });
  });
});
