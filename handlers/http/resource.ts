import type { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import * as z from 'zod';
import { type Operation, ownerPlace, routeKeyOf } from '../../contracts/api/operation.ts';
import type { IdempotencyKey } from '../../contracts/api/parameters.ts';
import type { Version } from '../../contracts/ids.ts';
import type { WriteOnceResult } from '../../pipelines/dynamodb/write-once.ts';
import { ACCESS, type Caller, ownerIn, readCaller } from './access.ts';
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
 * What an implementation throws becomes a problem and is logged: a refusal as information, a transient failure as a warning,
 * anything else as an error.
 *
 * @param implementations One for each operation: a missing one does not compile.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function resource<const Op extends Operation>(
  logger: ApiLogger,
  operations: readonly Op[],
  implementations: Implementations<Op>,
): ApiHandler;
export function resource(
  logger: ApiLogger,
  operations: readonly Operation[],
  implementations: object,
): ApiHandler {
  const byId = new Map<string, unknown>(Object.entries(implementations));
  const routes = new Map(
    operations.map((operation) => [
      routeKeyOf(operation),
      { operation, implementation: byId.get(operation.id) },
    ]),
  );
  return async (event, context) => {
    const { operation, implementation } = routes.get(event.routeKey) ?? {};
    try {
      if (operation === undefined || !isImplementation(implementation))
        throw new UnknownRouteError(event.routeKey);
      const request = readRequest(operation, event);
      return success(operation, request.path, await implementation(request));
    } catch (error) {
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
  };
}

/** Access comes first: a caller without it does not learn what a valid request is. Where the body names the owner, the body is read before. */
function readRequest(operation: Operation, event: APIGatewayProxyEventV2): ReadRequest {
  const { access, parameters, body: schema, bodyBytesMax } = operation;
  const caller = access === 'public' ? undefined : readCaller(event);
  const allow = (ownerId: string | undefined): void => {
    if (access !== 'public' && caller !== undefined) ACCESS[access](caller, ownerId);
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
