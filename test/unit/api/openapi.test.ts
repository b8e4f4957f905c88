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
const Described = z.object({ operationId: z.string(), responses: z.record(z.string(), z.unknown()) });
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
