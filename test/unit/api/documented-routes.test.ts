import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refusalsOf } from '../../../contracts/api/operation.ts';
import { operations } from '../../../contracts/api/operations.ts';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';

const HEADER = '| method | path | access | statuses | summary |';
const page = readFileSync(join(PROJECT_ROOT, 'docs', 'api.md'), 'utf8');
/** The rows of all tables with that header. */
const rows = page
  .split(`${HEADER}\n`)
  .slice(1)
  .flatMap((rest) => rest.split(/\n(?!\|)/, 1).flatMap((table) => table.split('\n').slice(1)));

describe('the tables of routes in docs/api.md', () => {
  it('have a row for each operation, as the operation says', () => {
    const described = operations.map((operation) => {
      const { method, path, access, summary, success } = operation;
      const statuses = [success.status, ...refusalsOf(operation)].join(', ');
      return `| ${method} | \`${path}\` | ${access} | ${statuses} | ${summary} |`;
    });
    expect(rows.toSorted()).toEqual(described.toSorted());
  });
});
