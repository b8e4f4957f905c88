import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { generalStatusesOf, refusalsOf } from '../../../contracts/api/operation.ts';
import { operations } from '../../../contracts/api/operations.ts';
import { openApiDocument } from '../../../infra/contract-tooling/openapi.ts';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';

const kept = readFileSync(join(PROJECT_ROOT, 'contracts', 'openapi.json'), 'utf8');
const Content = z.record(z.string(), z.object({ schema: z.object({ $ref: z.string() }) }));
const Described = z.object({
  operationId: z.string(),
  requestBody: z.object({ content: Content }).optional(),
  responses: z.record(z.string(), z.unknown()),
});
const BodySchema = z.object({ required: z.array(z.string()).default([]), minProperties: z.int().default(0) });
const { paths, ...document } = z
  .looseObject({ paths: z.record(z.string(), z.record(z.string(), Described)) })
  .parse(JSON.parse(kept));

describe('contracts/openapi.json', () => {
  it('is what the contracts say', async () => {
    expect(kept, 'It is stale: `npm run openapi` writes it.').toBe(await openApiDocument());
  });

  it("is valid by OpenAPI's own schema", async () => {
    expect(await new Validator().validate(JSON.parse(kept))).toEqual({ valid: true });
  });

  it.each(operations)('has every status that $id may return', (operation) => {
    const { id, method, path, success } = operation;
    const described = paths[path]?.[method.toLowerCase()];
    expect(described?.operationId).toBe(id);
    const statuses = [success.status, ...refusalsOf(operation), ...generalStatusesOf(operation)].map(String);
    expect(Object.keys(described?.responses ?? {})).toEqual(statuses.toSorted());
  });

  it.each(operations.filter(({ body }) => body?.safeParse({}).success === false))(
    'says what an empty body of $id lacks',
    ({ path, method }) => {
      const { content = {} } = paths[path]?.[method.toLowerCase()]?.requestBody ?? {};
      const pointer = content['application/json']?.schema.$ref.replace('#/', '') ?? '';
      const { required, minProperties } = BodySchema.parse(valueAt(document, pointer.split('/')));
      expect(required.length + minProperties).toBeGreaterThan(0);
    },
  );

  it('describes each operation once', () => {
    const ids = Object.values(paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(ids.toSorted()).toEqual(operations.map(({ id }) => id).toSorted());
  });

  it('refers only to what it holds', () => {
    const references = [...kept.matchAll(/"\$ref": "#\/([^"]+)"/g)].map(([, pointer = '']) => pointer);
    const missing = references.filter((pointer) => valueAt(document, pointer.split('/')) === undefined);
    expect(references).not.toEqual([]);
    expect(missing).toEqual([]);
  });

  it.each(operations.filter(({ example }) => example !== undefined))(
    'gives a body of $id that is taken',
    ({ body, example }) => {
      expect(body?.safeParse(example)).toMatchObject({ success: true });
    },
  );
});

const valueAt = (value: unknown, [name, ...rest]: readonly string[]): unknown =>
  name === undefined ? value : valueAt(z.looseObject({}).safeParse(value).data?.[name], rest);
