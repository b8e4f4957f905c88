import { describe, expect, it } from 'vitest';
import { operations } from '../../../contracts/api/operations/operations.ts';
import { localPlan } from '../../../infra/local/template/local-plan.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { PLAN_PARAMETERS } from '../../builders/plan-parameters.ts';

const plan = localPlan(readTemplate(), PLAN_PARAMETERS, '');
const inTemplate = plan.functions.flatMap(({ logicalId, routes }) =>
  routes.map(({ method, path }) => `${logicalId} ${method} ${path}`),
);

describe('the operations', () => {
  it('are the routes of the template, each with a function of its own', () => {
    const described = operations.map(
      ({ id, method, path }) => `${id.charAt(0).toUpperCase()}${id.slice(1)}Function ${method} ${path}`,
    );
    expect(described.toSorted()).toEqual(inTemplate.toSorted());
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
