import { type Operation, refusalsOf } from '../../contracts/api/operation.ts';
import { operationsByResource } from '../../contracts/api/operations.ts';
import { OrderStreamError } from '../../pipelines/errors.ts';
import { capitalized, withPart } from './written-part.ts';

/** docs/api.md has no table for a resource. */
export class MissingRouteTableError extends OrderStreamError {
  readonly code = 'missing-route-table';
  readonly remedy =
    'Add a section with the name of the resource to docs/api.md, and in it a table with this header.';
}

const HEADER = '| method | path | access | statuses | summary |';
const DELIMITER = '|---|---|---|---|---|';

const row = (operation: Operation): string => {
  const { method, path, access, scopes = [], summary, success } = operation;
  const callers = [...(access === 'scoped' ? [] : [access]), ...scopes.map((scope) => `\`${scope}\``)].join(
    ', ',
  );
  const statuses = [success.status, ...refusalsOf(operation)].join(', ');
  return `| ${method} | \`${path}\` | ${callers} | ${statuses} | ${summary} |`;
};

/**
 * docs/api.md with the routes of each resource as its operations say: the table in the section `## Users` has those of `users`.
 *
 * @throws MissingRouteTableError for a resource without a table.
 */
export function withRouteTables(page: string): string {
  return Object.entries(operationsByResource).reduce((text, [resource, operations]) => {
    const title = `## ${capitalized(resource)}`;
    const table = new RegExp(
      `(^${title}\\n(?:(?!^## ).*\\n)*?)${HEADER.replaceAll('|', '\\|')}\\n(?:\\|.*\\n)*`,
      'm',
    );
    return withPart(
      text,
      table,
      () => `${[HEADER, DELIMITER, ...operations.map(row)].join('\n')}\n`,
      () => new MissingRouteTableError(`There is no table under "${title}": ${HEADER}`),
    );
  }, page);
}
