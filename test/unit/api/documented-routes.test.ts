import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { operations } from '../../../contracts/api/operations.ts';
import { MissingRouteTableError, withRouteTables } from '../../../infra/contract-tooling/route-tables.ts';
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
