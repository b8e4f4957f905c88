import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import type { Operation } from '../../../contracts/api/operation.ts';
import { CreateUserBody, UserView } from '../../../contracts/api/users.ts';
import { line } from '../../../contracts/text.ts';
import { readCaller } from '../../../handlers/http/access.ts';
import { UnauthenticatedError } from '../../../handlers/http/errors.ts';
import { readBody } from '../../../handlers/http/read-request.ts';
import { resource } from '../../../handlers/http/resource.ts';
import { type Gateway, startGateway } from '../../../infra/local/gateway/gateway.ts';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { apiEvent } from '../../builders/api-event.ts';
import { refusedFields } from '../../builders/refused-fields.ts';

const user = (name: string) => ({ userId: 'u-1', name, email: 'j@example.com' });

describe('a text of one line', () => {
  it.each(['\ufffd', 'J\ufffdrgen', '\u0000', 'a\u0085', '\ud800', 'a\udfff'])('is not %j', (text) => {
    expect(line(100).safeParse(text).success).toBe(false);
  });

  it.each(['Jürgen', 'Zoë', 'Zoe\u0308', '🎩', '\u{10ffff}', '\ufffc'])('is %j', (text) => {
    expect(line(100).safeParse(text).success).toBe(true);
  });
});

describe('a body with the replacement character', () => {
  it.each([
    ['as it is', { body: user('J\ufffdrgen') }],
    ['as it is, in base64', { body: user('J\ufffdrgen'), base64: true }],
    ['as an escape of JSON', { body: JSON.stringify(user('?')).replace('?', 'J\\ufffdrgen') }],
  ])('%s is refused by its field', (_name, request) => {
    expect(refusedFields(() => readBody(apiEvent(request), CreateUserBody))).toEqual(['/name']);
  });

  it('in the name of a field is refused by that', () => {
    const body = { ...user('Jo'), 'n\ufffdme': 'x' };
    expect(refusedFields(() => readBody(apiEvent({ body }), CreateUserBody))).toEqual(['/n\ufffdme']);
  });
});

describe('every text of a request', () => {
  const leaves = [...requestTexts()];

  it.each(leaves)('$where is bound to what can hold no replacement character', ({ where, schema }) => {
    // A page token that the API did not sign is refused, whatever it holds.
    if (where.endsWith(' nextToken')) return;
    const { pattern } = schema;
    if (pattern === undefined) expect(schema.enum ?? schema.const ?? schema.format).toBeDefined();
    else expect('\ufffd').not.toMatch(new RegExp(pattern, 'u'));
  });

  it('is looked at', () => {
    expect(leaves.length).toBeGreaterThan(50);
  });
});

describe('a token whose subject holds the replacement character', () => {
  it.each(['\ufffd', 'u-1\ufffd', 'u-1\u0000', ''])('%j names nobody', (sub) => {
    expect(() => readCaller(apiEvent({ caller: { sub } }), '')).toThrow(UnauthenticatedError);
  });
});

describe('a request in another encoding than UTF-8', () => {
  let gateway: Gateway | undefined;
  afterEach(() => gateway?.stop());

  it.each(['latin1', 'utf16le'] as const)('in %s is answered 400 unreadable-body', async (encoding) => {
    const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const operation = {
      id: 'createUser',
      method: 'POST',
      path: '/users',
      summary: 'Creates a user',
      access: 'authenticated',
      body: CreateUserBody,
      success: { status: 201, description: 'The new user', body: UserView },
    } as const satisfies Operation;
    const createUser = resource({ logger, scopePrefix: '' }, [operation], {
      createUser: async () => Promise.reject(new Error('The body was read')),
    });
    const invoke = async (event: unknown) => {
      const request = event as Parameters<typeof createUser>[0];
      return {
        outcome: 'success' as const,
        payload: await createUser(request, { awsRequestId: 'r-1' }),
      };
    };
    const authorize = async () => ({ sub: 'u-1', scope: 'shop' });
    gateway = await startGateway([{ method: 'POST', path: '/users', invoke }], { authorize });
    const answer = await fetch(`${gateway.url}/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(user('Jürgen')), encoding),
    });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'unreadable-body' }),
    ]);
    expect(JSON.stringify(logger.info.mock.calls)).not.toContain('rgen');
  });
});

interface TextSchema {
  readonly pattern?: string | undefined;
  readonly format?: string | undefined;
  readonly enum?: unknown;
  readonly const?: unknown;
}

/** The schemas of all texts in the bodies and parameters of `contracts/openapi.json`. */
function* requestTexts(): Generator<{ readonly where: string; readonly schema: TextSchema }> {
  const Parameter = z.looseObject({ name: z.string(), schema: z.unknown() });
  const Content = z.looseObject({ schema: z.unknown() });
  const Operation = z.looseObject({
    operationId: z.string(),
    parameters: z.array(Parameter).default([]),
    requestBody: z.looseObject({ content: z.record(z.string(), Content) }).optional(),
  });
  const { paths, components } = z
    .looseObject({
      paths: z.record(z.string(), z.record(z.string(), Operation)),
      components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
    })
    .parse(JSON.parse(readFileSync(join(PROJECT_ROOT, 'contracts', 'openapi.json'), 'utf8')));
  for (const { operationId, parameters, requestBody } of Object.values(paths).flatMap((path) =>
    Object.values(path),
  )) {
    for (const { name, schema } of parameters) yield* texts(`${operationId} ${name}`, schema);
    for (const { schema } of Object.values(requestBody?.content ?? {}))
      yield* texts(`${operationId} body`, schema);
  }

  function* texts(where: string, schema: unknown): Generator<{ where: string; schema: TextSchema }> {
    const { $ref, type, properties, items, additionalProperties, anyOf, oneOf, allOf, ...rest } =
      SchemaNode.parse(schema);
    if ($ref !== undefined)
      yield* texts(where, components.schemas[$ref.replace('#/components/schemas/', '')]);
    if (type === 'string') yield { where, schema: rest };
    for (const [name, property] of Object.entries(properties)) yield* texts(`${where}/${name}`, property);
    for (const part of [items, additionalProperties])
      if (typeof part === 'object') yield* texts(`${where}/*`, part);
    for (const part of [...anyOf, ...oneOf, ...allOf]) yield* texts(where, part);
  }
}

const SchemaNode = z.looseObject({
  $ref: z.string().optional(),
  type: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).default({}),
  items: z.unknown().optional(),
  additionalProperties: z.unknown().optional(),
  anyOf: z.array(z.unknown()).default([]),
  oneOf: z.array(z.unknown()).default([]),
  allOf: z.array(z.unknown()).default([]),
  pattern: z.string().optional(),
  format: z.string().optional(),
});
