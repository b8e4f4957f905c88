import { expect } from 'vitest';
import * as z from 'zod';
import {
  type Operation,
  ownerPlace,
  refusalsOf,
  requestHeaders,
  responseHeaders,
} from '../../../contracts/api/operation.ts';
import { GatewayMessage, Problem } from '../../../contracts/api/problem.ts';
import type { Scope } from '../../../contracts/api/scopes.ts';
import type { ApiCall } from './api-call.ts';
import { CALLERS } from './callers.ts';

/** An answer as it came over HTTP. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** What every response of a function has; API Gateway adds nothing to its own. */
const SAFE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'strict-transport-security': 'max-age=63072000',
};
const GATEWAY_REFUSALS: readonly number[] = [400, 404];

/** Holds an answer against the operation's entry in the OpenAPI document, and against what the request was. */
export function expectDocumented(operation: Operation, call: ApiCall, answer: ApiAnswer): void {
  const { success } = operation;
  const { status, headers, body } = answer;
  if (isUnreachable(call, answer)) return;
  expect(expectedStatuses(operation, call)).toContain(status);
  if (status === 401 || isGatewayRefusal(answer)) GatewayMessage.parse(body);
  else if (status === success.status) {
    expect(Object.fromEntries(headers)).toMatchObject({
      ...SAFE_HEADERS,
      'content-type': 'application/json',
    });
    expect(keepsContract(operation, call)).toBe(true);
    success.body.parse(body);
    const schemas = responseHeaders(operation);
    z.object(schemas).parse(namedAs(Object.keys(schemas), headers));
  } else {
    expect(Object.fromEntries(headers)).toMatchObject({
      ...SAFE_HEADERS,
      'content-type': 'application/problem+json',
    });
    expect(Problem.parse(body).status).toBe(status);
  }
}

/** A segment that a client removes with the one before it. See https://url.spec.whatwg.org/#double-dot-path-segment. */
const DOTS = /^(?:\.|%2e){1,2}$/i;

/** The gateway finds no route, or no path, behind ids that are none. */
const isUnreachable = ({ path }: ApiCall, { status, body }: ApiAnswer): boolean =>
  Object.values(path).some((id) => id.includes('%') || DOTS.test(id)) &&
  GATEWAY_REFUSALS.includes(status) &&
  GatewayMessage.safeParse(body).success;

/** API Gateway refuses a token without any scope of the route. */
const isGatewayRefusal = ({ status, headers }: ApiAnswer): boolean =>
  status === 403 && headers.get('content-type') === 'application/json';

function expectedStatuses(operation: Operation, call: ApiCall): readonly number[] {
  const { access, scopes = [], success } = operation;
  const refusals = refusalsOf(operation);
  const caller = CALLERS[call.caller];
  const answers = [success.status, ...refusals];
  if (access === 'public') return answers;
  if (caller === undefined) return [401];
  const held = new Set<Scope>(caller.scopes);
  const opening = scopes.filter((scope) => held.has(scope));
  // A user with the scope shop searches their own orders alone.
  if (opening.length > 0) return opening.some((scope) => scope !== 'shop') ? answers : [...answers, 403];
  if (access === 'scoped') return [403];
  const isOwnedBy = access === 'owner' ? ownerPlace(operation) : undefined;
  if (isOwnedBy === 'path' && call.path['userId'] !== caller.sub) return [403];
  if (isOwnedBy === 'body' && bodyUserId(call.body) !== caller.sub) return [403, ...refusals];
  return [...answers, 403];
}

const bodyUserId = (text: string | undefined): unknown =>
  z.looseObject({ userId: z.unknown() }).safeParse(json(text)).data?.userId;

/** Whether all that was sent is what the document asks for: nothing else may succeed. */
function keepsContract(operation: Operation, call: ApiCall): boolean {
  const { parameters, body } = operation;
  const path = Object.fromEntries(
    Object.entries(call.path).map(([name, id]) => [name, decodeURIComponent(id)]),
  );
  const parts = [
    parameters?.path?.safeParse(path),
    (parameters?.query ?? z.object({}))
      .strict()
      .safeParse(asSent(call.query, parameters?.query?.shape ?? {})),
    z.object(requestHeaders(operation)).safeParse(call.headers),
    body?.safeParse(json(call.body)),
  ];
  return parts.every((part) => part === undefined || part.success);
}

/** One value stands for a list of one where a list is due. */
const asSent = (query: ApiCall['query'], shape: z.core.$ZodShape) =>
  Object.fromEntries(
    Object.entries(query).map(([name, value]) => [
      name,
      typeof value === 'string' && isList(shape[name]) ? [value] : value,
    ]),
  );

const isList = (schema: unknown): boolean =>
  schema instanceof z.ZodOptional && schema.unwrap() instanceof z.ZodArray;

function json(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

const namedAs = (names: readonly string[], headers: Headers): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? '']] : [])));
