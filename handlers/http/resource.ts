import type { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import * as z from 'zod';
import { type Operation, ownerPlace, routeKeyOf } from '../../contracts/api/operation.ts';
import { UserId } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { actsAs, type Caller } from '../../pipelines/api/caller.ts';
import type { Implementations } from '../../pipelines/api/implementation.ts';
import type { TakeWriteToken } from '../../pipelines/limits/write-rate.ts';
import { ownerIn, readCaller, requireAccess } from './access.ts';
import { type Attempt, logWrite } from './audit.ts';
import { UnknownRouteError } from './errors.ts';
import { type FailedRequest, loggableError, toProblem } from './problem.ts';
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

/** What the resources need whose users write on their own path. */
export interface OwnerWrites {
  readonly takeWriteToken: TakeWriteToken;
}

/** With such an operation, a resource that limits no writes does not compile. */
type LimitsOf<Op extends Operation> = [
  Extract<Op, { readonly access: 'owner'; readonly method: Exclude<Operation['method'], 'GET'> }>,
] extends [never]
  ? unknown
  : OwnerWrites;

const NO_PARAMETERS = z.object({});

interface ReadRequest extends ReadHeaders {
  readonly path: object | undefined;
  readonly query: unknown;
  readonly body: unknown;
  readonly caller: Caller | undefined;
  readonly byOwner: boolean;
}
type Implementation = (request: ReadRequest) => Promise<object>;

/** The signature of {@link resource} holds every member to its operation. */
const isImplementation = (member: unknown): member is Implementation => typeof member === 'function';

/**
 * The handler of a resource: the operation of the request's route key, whose access, schemas, limits, status and headers apply.
 * An HTTP API has matched the route already and gives its key, so paths are not matched again.
 *
 * A write of an owner takes a token before it is made, and also where it repeats an earlier request by its key. Where no token can be taken, it is not made.
 *
 * Each request that may write leaves an audit line. What an implementation throws becomes a problem and is logged: a refusal as information, a transient failure as a warning,
 * anything else as an error.
 *
 * @param implementations One for each operation: a missing one does not compile.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function resource<const Op extends Operation>(
  deps: ResourceDeps & LimitsOf<Op>,
  operations: readonly Op[],
  implementations: Implementations<Op>,
): ApiHandler;
export function resource(
  deps: ResourceDeps & Partial<OwnerWrites>,
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
    const attempt: Attempt = { outcome: 'unknown' };
    try {
      if (operation === undefined || !isImplementation(implementation))
        throw new UnknownRouteError(event.routeKey);
      if (operation.access !== 'public') attempt.caller = readCaller(event, scopePrefix);
      const request = readRequest(operation, event, attempt.caller);
      if (operation.method !== 'GET') await takeToken(request, deps.takeWriteToken);
      attempt.result = await implementation(request);
      attempt.outcome = 'done';
      return success(operation, request.path, attempt.result);
    } catch (error) {
      const { response, severity } = toProblem(error, context.awsRequestId, operation);
      if (severity === 'refused') attempt.outcome = 'refused';
      logProblem(logger, error, { event, context, statusCode: response.statusCode, severity });
      return response;
    } finally {
      logWrite(logger, attempt, { event, context, operation });
    }
  };
}

/** Takes the token of a write that the owner makes. @throws TooManyWritesError */
async function takeToken({ byOwner, caller }: ReadRequest, take: TakeWriteToken | undefined): Promise<void> {
  if (byOwner && caller !== undefined) await take?.(parse(UserId, caller.sub));
}

function logProblem(
  logger: ApiLogger,
  error: unknown,
  {
    event,
    context,
    statusCode,
    severity,
  }: {
    readonly event: APIGatewayProxyEventV2;
    readonly context: Pick<Context, 'awsRequestId'>;
    readonly statusCode: number | undefined;
    readonly severity: FailedRequest['severity'];
  },
): void {
  const details = {
    requestId: context.awsRequestId,
    // The access log has the request by this id, and the client has it as the header apigw-requestid.
    correlationId: event.requestContext.requestId,
    routeKey: event.routeKey,
    statusCode,
    failure: loggableError(error),
  };
  if (severity === 'refused') logger.info('The request was refused', details);
  else if (severity === 'overloaded') logger.warn('The request must be tried again', details);
  else logger.error('The request failed', details);
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
  const inPath = event.pathParameters?.['userId'];
  if (!isOwnerInBody) allow(inPath);
  const query = readQuery(event, parameters?.query ?? NO_PARAMETERS);
  const path = parameters?.path && readPath(event, parameters.path);
  const headers = readHeaders(event, operation);
  const body = schema && readBody(event, schema, bodyBytesMax);
  const ownerId = isOwnerInBody ? ownerIn(body) : inPath;
  if (isOwnerInBody) allow(ownerId);
  const byOwner = access === 'owner' && caller !== undefined && actsAs(caller, ownerId);
  return { path, query, body, ...headers, caller, byOwner };
}
