import type { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import * as z from 'zod';
import type { Access } from './access.ts';
import { type Caller, readCaller } from './access.ts';
import { loggableError, problemOf } from './problem.ts';
import { readQuery } from './read-request.ts';

/** A Lambda function behind an HTTP API with payload format 2.0. */
export type ApiHandler = (
  event: APIGatewayProxyEventV2,
  context: Pick<Context, 'awsRequestId'>,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** As much of the Powertools Logger as the API needs. */
export type ApiLogger = Pick<Logger, 'info' | 'warn' | 'error'>;

const NO_PARAMETERS = z.object({});

/** Wraps an operation whose query has no parameters, as {@link queryHandler} does. */
export const apiHandler = (
  logger: ApiLogger,
  access: Access,
  operation: (event: APIGatewayProxyEventV2, caller: Caller) => Promise<APIGatewayProxyStructuredResultV2>,
): ApiHandler =>
  queryHandler(logger, access, NO_PARAMETERS, (_query, event, caller) => operation(event, caller));

/**
 * Wraps an operation so that it runs only for callers who have access and send a query that keeps its schema, and whatever it throws
 * is answered as a problem and logged: a refusal as information, a failure that passes by itself as a warning, anything else as an error.
 */
export function queryHandler<Shape extends z.ZodRawShape>(
  logger: ApiLogger,
  access: Access,
  schema: z.ZodObject<Shape>,
  operation: (
    query: z.infer<z.ZodObject<Shape>>,
    event: APIGatewayProxyEventV2,
    caller: Caller,
  ) => Promise<APIGatewayProxyStructuredResultV2>,
): ApiHandler {
  return async (event, context) => {
    try {
      const caller = readCaller(event);
      access(caller, event);
      return await operation(readQuery(event, schema), event, caller);
    } catch (error) {
      const { answer, severity } = problemOf(error, context.awsRequestId);
      const details = {
        requestId: context.awsRequestId,
        // What the access log knows the request by, and the client as the header apigw-requestid.
        correlationId: event.requestContext.requestId,
        routeKey: event.routeKey,
        statusCode: answer.statusCode,
        failure: loggableError(error),
      };
      if (severity === 'refused') logger.info('The request was refused', details);
      else if (severity === 'overloaded') logger.warn('The request must be tried again', details);
      else logger.error('The request failed', details);
      return answer;
    }
  };
}
