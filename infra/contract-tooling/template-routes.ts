import { type Operation, routeKeyOf, routeScopesOf } from '../../contracts/api/operation.ts';
import { operations, operationsByResource } from '../../contracts/api/operations.ts';
import { Scope } from '../../contracts/api/scopes.ts';
import { OrderStreamError } from '../../pipelines/errors.ts';
import { capitalized, withPart } from './written-part.ts';

/** infra/template.yaml has no place for the routes of a resource, or for their throttles. */
export class MissingRoutesError extends OrderStreamError {
  readonly code = 'missing-routes';
  readonly remedy =
    'Give the function of the resource, such as UsersFunction, an `Events:` in infra/template.yaml, and HttpApi its `RouteSettings: {`.';
}

const WRITTEN = '# Written by `npm run openapi` from contracts/api.';
/** What a route has that names no rate: the writes of a user. */
const DEFAULT_RATE = 100;
/** Requests of all callers together, in a second, by the first part of the path. */
const RATES: Readonly<Record<string, number>> = { ops: 10, batch: 5, search: 50 };
const PUBLIC_RATE = 20;
const READ_RATE = 200;
const BURST_SECONDS = 2;
const THROTTLES_A_LINE = 2;

function rateOf({ access, method, path }: Operation): number {
  if (access === 'public') return PUBLIC_RATE;
  const [, first = ''] = path.split('/');
  return RATES[first] ?? (method === 'GET' ? READ_RATE : DEFAULT_RATE);
}

/** Its scopes are those that HttpApi states for any route where every scope of ours opens it. */
function authOf(operation: Operation): string {
  if (operation.access === 'public') return ', Auth: { Authorizer: NONE }';
  const scopes = routeScopesOf(operation);
  if (scopes.length === Scope.options.length) return '';
  return `, Auth: { AuthorizationScopes: [${scopes.map((scope) => `!Sub '\${ScopePrefix}${scope}'`).join(', ')}] }`;
}

const eventOf = (operation: Operation): string => {
  const { id, method, path } = operation;
  return `        ${capitalized(id)}: { Type: HttpApi, Properties: { ApiId: !Ref HttpApi, Method: ${method}, Path: '${path}'${authOf(operation)} } }\n`;
};

function throttles(): string {
  const own = operations
    .filter((operation) => rateOf(operation) !== DEFAULT_RATE)
    .map((operation) => {
      const rate = rateOf(operation);
      return `'${routeKeyOf(operation)}': { ThrottlingRateLimit: ${rate}, ThrottlingBurstLimit: ${rate * BURST_SECONDS} }`;
    });
  const lines: string[] = [];
  for (let at = 0; at < own.length; at += THROTTLES_A_LINE)
    lines.push(`          ${own.slice(at, at + THROTTLES_A_LINE).join(', ')}`);
  return `          ${WRITTEN}\n${lines.join(',\n')} }\n`;
}

/**
 * infra/template.yaml with the routes that the operations say: under `Events` of the function of each resource, and under `RouteSettings` of
 * HttpApi what a route may be asked for in a second. All else stays as it is.
 *
 * @throws MissingRoutesError
 */
export function withRoutes(template: string): string {
  const routed = Object.entries(operationsByResource).reduce((text, [resource, ofResource]) => {
    const events = new RegExp(
      `(^  ${capitalized(resource)}Function:\\n(?:(?!^  \\S).*\\n)*?      Events:\\n)(?:        .*\\n)*`,
      'm',
    );
    return written(text, events, () => `        ${WRITTEN}\n${ofResource.map(eventOf).join('')}`);
  }, template);
  return written(routed, /(^ {6}RouteSettings: \{\n)(?: {10}.*\n)*/m, throttles);
}

const written = (text: string, place: RegExp, part: () => string): string =>
  withPart(
    text,
    place,
    part,
    () => new MissingRoutesError(`infra/template.yaml does not match ${place.source}`),
  );
