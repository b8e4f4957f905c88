import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { operations } from '../../../contracts/api/operations.ts';
import { MissingRouteTableError, withRouteTables } from '../../../infra/contract-tooling/route-tables.ts';
import { MissingRoutesError, withRoutes } from '../../../infra/contract-tooling/template-routes.ts';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';

const page = readFileSync(join(PROJECT_ROOT, 'docs', 'api.md'), 'utf8');

describe('the tables of routes in docs/api.md', () => {
  it('are what `npm run openapi` writes', () => {
    expect(page).toBe(withRouteTables(page));
  });

  it('have a row for each operation', () => {
    for (const { method, path } of operations) expect(page).toContain(`| ${method} | \`${path}\` |`);
  });

  it('get a row that is missing, and nothing else changes', () => {
    const withoutRow = page.replace(/^\| GET \| `\/orders`.*\n/m, '');
    expect(withoutRow).not.toBe(page);
    expect(withRouteTables(withoutRow)).toBe(page);
  });

  it('are refused where a resource has none', () => {
    expect(() => withRouteTables(page.replace('## Orders', '## Sales'))).toThrow(MissingRouteTableError);
  });
});

const template = readFileSync(join(PROJECT_ROOT, 'infra', 'template.yaml'), 'utf8');

describe('the routes in infra/template.yaml', () => {
  it('are what `npm run openapi` writes', () => {
    expect(template).toBe(withRoutes(template));
  });

  it('get a route and a throttle that are missing, and nothing else changes', () => {
    const without = template.replace(/^ {8}GetOrder: .*\n/m, '').replace(/^ {10}'GET \/orders'.*\n/m, '');
    expect(without.split('\n')).toHaveLength(template.split('\n').length - 2);
    expect(withRoutes(without)).toBe(template);
  });

  it.each(['  OrdersFunction:\n', '      RouteSettings: {\n'])('are refused without %j', (place) => {
    expect(() => withRoutes(template.replace(place, ''))).toThrow(MissingRoutesError);
  });
});
