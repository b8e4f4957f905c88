import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { operations } from '../../../contracts/api/operations.ts';
import { PROJECT_ROOT } from '../../../infra/local/project-root.ts';
import { localPlan } from '../../../infra/local/template/local-plan.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { PLAN_PARAMETERS } from '../../builders/plan-parameters.ts';
import { goodCall } from '../../e2e/api/api-call.ts';

const SAMPLES = 10;

const plan = localPlan(readTemplate(), PLAN_PARAMETERS, '');
const inTemplate = plan.functions.flatMap(({ logicalId, routes }) =>
  routes.map(({ method, path }) => `${logicalId} ${method} ${path}`),
);
const entryPoints = new Map(
  plan.functions.flatMap(({ entryPoint, routes }) =>
    routes.map(({ method, path }) => [`${method} ${path}`, entryPoint] as const),
  ),
);
const sourceOf = (file: string): string => readFileSync(join(PROJECT_ROOT, file), 'utf8');

describe('the operations', () => {
  it('have every entry file of the API behind them', () => {
    const files = globSync('handlers/api/**/*.ts', { cwd: PROJECT_ROOT });
    const entries = files.filter((file) => sourceOf(file).includes('export const handler ='));
    expect(entries.toSorted()).toEqual([...entryPoints.values()].toSorted());
  });

  it.each(operations)('$id answers what its entry file says', ({ method, path, success, refusals }) => {
    const source = sourceOf(entryPoints.get(`${method} ${path}`) ?? '');
    const [, request, answers = ''] = /^\/\*\* `(\w+ [^`?]+)[^`]*`: ([^.*]+)/m.exec(source) ?? [];
    expect(request).toBe(`${method} ${path}`);
    expect(answers.match(/\b\d{3}\b/g)).toEqual([success.status, ...refusals].map(String));
  });

  it('are the routes of the template, each with a function of its own', () => {
    const described = operations.map(
      ({ id, method, path }) => `${id.charAt(0).toUpperCase()}${id.slice(1)}Function ${method} ${path}`,
    );
    expect(described.toSorted()).toEqual(inTemplate.toSorted());
  });

  it.each(operations)('$id has schemas that requests can be made from', (operation) => {
    expect(fc.sample(goodCall(operation, {}), SAMPLES)).toHaveLength(SAMPLES);
  });

  it.each(operations)('$id describes each parameter of its path', ({ path, parameters }) => {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(Object.keys(parameters?.path?.shape ?? {})).toEqual(names);
  });

  it.each(operations)('$id can refuse whatever it reads', ({ parameters, body, refusals }) => {
    if (parameters !== undefined || body !== undefined) expect(refusals).toContain(400);
    if (body !== undefined) expect(refusals).toContain(415);
    if (parameters?.header !== undefined && 'If-Match' in parameters.header.shape)
      expect(refusals).toContain(412);
  });
});
