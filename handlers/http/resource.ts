import type { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import * as z from 'zod';
import { type Operation, ownerPlace, routeKeyOf } from '../../contracts/api/operation.ts';
import type { IdempotencyKey } from '../../contracts/api/parameters.ts';
import { PRIVILEGED_SCOPES } from '../../contracts/api/scopes.ts';
import type { Version } from '../../contracts/ids.ts';
import { read } from '../../contracts/reading.ts';
import type { WriteOnceResult } from '../../pipelines/dynamodb/write-once.ts';
import { type Caller, hasScope, ownerIn, readCaller, requireAccess } from './access.ts';
import { UnknownRouteError } from './errors.ts';
import { loggableError, toProblem } from './problem.ts';
import { type ReadHeaders, readBody, readHeaders, readPath, readQuery } from './read-request.ts';
import { success } from './responses.ts';

/** A Lambda function behind an HTTP API with payload format 2.0. */
export type ApiHandler = (
  event: APIGatewayProxyEventV2,
  context: Pick<Context, 'awsRequestId'>,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** The Logger methods that the API uses. */
export type ApiLogger = Pick<Logger, 'info' | 'warn' | 'error'>;

/** What every resource needs. */
export interface ResourceDeps {
  readonly logger: ApiLogger;
  /** What the issuer writes before each scope of ours. */
  readonly scopePrefix: string;
}

type Parameters<Op, Place extends 'path' | 'query'> = Op extends {
  readonly parameters: { readonly [P in Place]: infer Schema extends z.ZodType };
}
  ? z.output<Schema>
  : undefined;
type Body<Op> = Op extends { readonly body: infer Schema extends z.ZodType } ? z.output<Schema> : undefined;
type Key<Op> = Op extends { readonly idempotency: 'required' }
  ? IdempotencyKey
  : Op extends { readonly idempotency: 'optional' }
    ? IdempotencyKey | undefined
    : undefined;

/** A request as the schemas of its operation read it. */
export interface OperationRequest<Op extends Operation> {
  readonly path: Parameters<Op, 'path'>;
  readonly query: Parameters<Op, 'query'>;
  readonly body: Body<Op>;
  readonly idempotencyKey: Key<Op>;
  /** The version that the caller has seen. */
  readonly ifMatch: Op extends { readonly ifMatch: 'optional' } ? Version | undefined : undefined;
  /** Absent where the operation needs no token. */
  readonly caller: Op extends { readonly access: 'public' } ? undefined : Caller;
}

/** A value that becomes a `Value` as JSON: JSON leaves out members that are `undefined`. */
type Serializable<Value> = Value extends string | number | boolean | null | undefined
  ? Value
  : Value extends readonly (infer Element)[]
    ? readonly Serializable<Element>[]
    : Value extends object
      ? {
          readonly [Name in keyof Value]:
            | Serializable<Value[Name]>
            | (object extends Pick<Value, Name> ? undefined : never);
        }
      : Value;

/** What an operation returns: the body of its response, and for an idempotent one whether it was returned before. */
export type OperationResult<Op extends Operation> = Op extends { readonly idempotency: string }
  ? WriteOnceResult<Serializable<z.output<Op['success']['body']>>>
  : Serializable<z.output<Op['success']['body']>>;

/** The implementation of each operation, by its id. */
export type Implementations<Op extends Operation> = {
  readonly [Id in Op['id']]: (
    request: OperationRequest<Extract<Op, { readonly id: Id }>>,
  ) => Promise<OperationResult<Extract<Op, { readonly id: Id }>>>;
};

const NO_PARAMETERS = z.object({});

interface ReadRequest extends ReadHeaders {
  readonly path: object | undefined;
  readonly query: unknown;
  readonly body: unknown;
  readonly caller: Caller | undefined;
}
type Implementation = (request: ReadRequest) => Promise<object>;

/** The signature of {@link resource} holds every member to its operation. */
const isImplementation = (member: unknown): member is Implementation => typeof member === 'function';

/**
 * The handler of a resource: the operation of the request's route key, whose access, schemas, limits, status and headers apply.
 * An HTTP API has matched the route already and gives its key, so paths are not matched again.
 *
 * Each request that may write leaves an audit line. What an implementation throws becomes a problem and is logged: a refusal as information, a transient failure as a warning,
 * anything else as an error.
 *
 * @param implementations One for each operation: a missing one does not compile.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function resource<const Op extends Operation>(
  deps: ResourceDeps,
  operations: readonly Op[],
  implementations: Implementations<Op>,
): ApiHandler;
export function resource(
  deps: ResourceDeps,
  operations: readonly Operation[],
  implementations: object,
): ApiHandler {
  const { logger, scopePrefix } = deps;
  const byId = new Map<string, unknown>(Object.entries(implementations));
  const routes = new Map(
    operations.map((operation) => [
      routeKeyOf(operation),
      { operation, implementation: byId.get(operation.id) },
    ]),
  );
  return async (event, context) => {
    const { operation, implementation } = routes.get(event.routeKey) ?? {};
    const attempt: Attempt = {};
    try {
      if (operation === undefined || !isImplementation(implementation))
        throw new UnknownRouteError(event.routeKey);
      if (operation.access !== 'public') attempt.caller = readCaller(event, scopePrefix);
      const request = readRequest(operation, event, attempt.caller);
      attempt.result = await implementation(request);
      return success(operation, request.path, attempt.result);
    } catch (error) {
      return refuse(logger, error, { event, context, operation });
    } finally {
      if (operation !== undefined && operation.method !== 'GET')
        logger.info('Audit', {
          audit: auditOf(operation, event, attempt),
          requestId: context.awsRequestId,
        });
    }
  };
}

/** What is known of a request when it ends: no caller without a valid token, and no result where it was refused or failed. */
interface Attempt {
  caller?: Caller;
  result?: object;
}

function refuse(
  logger: ApiLogger,
  error: unknown,
  {
    event,
    context,
    operation,
  }: {
    readonly event: APIGatewayProxyEventV2;
    readonly context: Pick<Context, 'awsRequestId'>;
    readonly operation: Operation | undefined;
  },
): APIGatewayProxyStructuredResultV2 {
  const { response, severity } = toProblem(error, context.awsRequestId, operation);
  const details = {
    requestId: context.awsRequestId,
    // The access log has the request by this id, and the client has it as the header apigw-requestid.
    correlationId: event.requestContext.requestId,
    routeKey: event.routeKey,
    statusCode: response.statusCode,
    failure: loggableError(error),
  };
  if (severity === 'refused') logger.info('The request was refused', details);
  else if (severity === 'overloaded') logger.warn('The request must be tried again', details);
  else logger.error('The request failed', details);
  return response;
}

/** Access comes first: a caller without it does not learn what a valid request is. Where the body names the owner, the body is read before. */
function readRequest(
  operation: Operation,
  event: APIGatewayProxyEventV2,
  caller: Caller | undefined,
): ReadRequest {
  const { access, parameters, body: schema, bodyBytesMax } = operation;
  const allow = (ownerId: string | undefined): void => {
    if (caller !== undefined) requireAccess(operation, caller, ownerId);
  };
  const isOwnerInBody = access === 'owner' && ownerPlace(operation) === 'body';
  if (!isOwnerInBody) allow(event.pathParameters?.['userId']);
  const query = readQuery(event, parameters?.query ?? NO_PARAMETERS);
  const path = parameters?.path && readPath(event, parameters.path);
  const headers = readHeaders(event, operation);
  const body = schema && readBody(event, schema, bodyBytesMax);
  if (isOwnerInBody) allow(ownerIn(body));
  return { path, query, body, ...headers, caller };
}

/** The ids that an audit line names: the system makes them, or the shop does. The other ids of a path are a user's, or chosen by one. */
const AUDITED_IDS = ['orderId', 'sku', 'transactionId', 'id', 'consumer'] as const;
const Ids = z.object(Object.fromEntries(AUDITED_IDS.map((name) => [name, z.string().optional()])));
const Replayable = z.object({ response: z.unknown() });

/**
 * What was asked for, by whom, on what, and whether it was done. Users are not named, since a log cannot forget them: their orders and
 * transfers lead to them, and their request's id. A caller with another scope than `shop` is named.
 */
function auditOf(
  { id }: Operation,
  { pathParameters, requestContext }: APIGatewayProxyEventV2,
  { caller, result }: Attempt,
): object {
  const body = read(Replayable, result).data?.response ?? result;
  return {
    operation: id,
    isDone: result !== undefined,
    actor: caller && hasScope(caller, PRIVILEGED_SCOPES) ? caller.sub : 'a user',
    scopes: [...(caller?.scopes ?? [])],
    target: { ...read(Ids, body).data, ...read(Ids, pathParameters).data },
    correlationId: requestContext.requestId,
  };
}
