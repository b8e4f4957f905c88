import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { refusalsOf, requestHeaders, routeKeyOf } from '../../../contracts/api/operation.ts';
import { operations, operationsByResource } from '../../../contracts/api/operations.ts';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { localPlan } from '../../../infra/local/plan/local-plan.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { PLAN_PARAMETERS } from '../../builders/plan-parameters.ts';
import { goodCall } from '../../e2e/api/api-call.ts';

const SAMPLES = 10;

const plan = localPlan(readTemplate(), PLAN_PARAMETERS, '');
const sourceOf = (file: string): string => readFileSync(join(PROJECT_ROOT, file), 'utf8');
const functions = plan.functions.filter(({ routes }) => routes.length > 0);

describe('the operations', () => {
  it('have every entry file of the API behind them, one a resource', () => {
    const files = globSync('handlers/api/**/*.ts', { cwd: PROJECT_ROOT });
    const entries = files.filter((file) => sourceOf(file).includes('export const handler ='));
    const described = Object.keys(operationsByResource).map((name) => `handlers/api/${name}.ts`);
    expect(entries.toSorted()).toEqual(described.toSorted());
  });

  it('are the routes of the template, at the function of their resource', () => {
    const inTemplate = functions.flatMap(({ logicalId, entryPoint, routes }) =>
      routes.map(({ method, path }) => `${logicalId} ${entryPoint} ${method} ${path}`),
    );
    const described = Object.entries(operationsByResource).flatMap(([name, ofResource]) =>
      ofResource.map(
        (operation) =>
          `${name.charAt(0).toUpperCase()}${name.slice(1)}Function handlers/api/${name}.ts ${routeKeyOf(operation)}`,
      ),
    );
    expect(described.toSorted()).toEqual(inTemplate.toSorted());
  });

  it('have ids and routes of their own', () => {
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
    expect(new Set(operations.map(routeKeyOf)).size).toBe(operations.length);
  });

  it.each(operations)('$id has schemas that requests can be made from', (operation) => {
    expect(fc.sample(goodCall(operation, {}), SAMPLES)).toHaveLength(SAMPLES);
  });

  it.each(operations)('$id describes each parameter of its path', ({ path, parameters }) => {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(Object.keys(parameters?.path?.shape ?? {})).toEqual(names);
  });

  it.each(operations)('$id can refuse whatever it reads', (operation) => {
    const { parameters, body } = operation;
    const headers = Object.keys(requestHeaders(operation));
    const refusals = refusalsOf(operation);
    if (parameters !== undefined || body !== undefined) expect(refusals).toContain(400);
    if (body !== undefined) expect(refusals).toContain(415);
    if (headers.includes('If-Match')) expect(refusals).toContain(412);
    if (headers.includes('Idempotency-Key')) expect(refusals).toContain(422);
  });

  it.each(operations)(
    '$id says where what it creates is, by what it returns',
    ({ path, parameters, success }) => {
      const known = [...Object.keys(parameters?.path?.shape ?? {}), ...membersOf(success.body)];
      const names = [...(success.location ?? '').matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(names.filter((name) => !known.includes(name ?? ''))).toEqual([]);
      if (success.status === 201) expect(success.location?.startsWith(path)).toBe(true);
    },
  );

  it.each(operations)('$id gives a version only of what has one', ({ success }) => {
    if (success.etag) expect(membersOf(success.body)).toContain('version');
  });
});

const membersOf = (schema: unknown): readonly string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
