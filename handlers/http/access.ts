import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import type { Operation } from '../../contracts/api/operation.ts';
import { Scope } from '../../contracts/api/scopes.ts';
import { SUBJECT_CHARACTERS_MAX } from '../../contracts/entities/requested-by.ts';
import { read } from '../../contracts/reading.ts';
import { line } from '../../contracts/text.ts';
import { type Caller, requireOwner, requireScope } from '../../pipelines/api/caller.ts';
import { ForbiddenError } from '../../pipelines/request-errors.ts';
import { UnauthenticatedError } from './errors.ts';

/**
 * What an HTTP API adds to the event of a route with a JWT authorizer. Every claim is text there; a list is its members
 * in brackets, apart by spaces.
 */
const Authorized = z.object({
  authorizer: z.object({
    jwt: z.object({
      claims: z.object({
        sub: line(SUBJECT_CHARACTERS_MAX),
        scope: z.string().optional(),
        scp: z.string().optional(),
        // Cognito names the use of a token, and gives an ID token no scope. https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
        token_use: z.literal('access').optional(),
      }),
    }),
  }),
});

/**
 * Reads who calls. `scp` counts where there is no `scope`, as for API Gateway itself.
 * See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html.
 *
 * @param scopePrefix What the issuer writes before each scope of ours: `order-stream/` for a resource server of Cognito.
 * @throws UnauthenticatedError without an authorizer, or with a token that has no subject or is no access token.
 */
export function readCaller(
  { requestContext }: Pick<APIGatewayProxyEventV2, 'requestContext'>,
  scopePrefix: string,
): Caller {
  const context = read(Authorized, requestContext);
  if (!context.success) throw new UnauthenticatedError();
  const { sub, scope, scp } = context.data.authorizer.jwt.claims;
  const named = new Set((scope ?? scp ?? '').replace(/^\[(.*)\]$/s, '$1').match(/\S+/g));
  const scopes = new Set(Scope.options.filter((one) => named.has(`${scopePrefix}${one}`)));
  return { sub, scopes, requestId: requestContext.requestId };
}

/** Whether a caller may make a request of the operation for what `ownerId` owns. @throws ForbiddenError */
export function requireAccess(
  { access, scopes = [] }: Pick<Operation, 'access' | 'scopes'>,
  caller: Caller,
  ownerId: string | undefined,
): void {
  if (access === 'owner') requireOwner(caller, ownerId, scopes);
  else if (access === 'scoped') requireScope(caller, scopes);
  else if (access === 'authenticated' && caller.scopes.size === 0) throw new ForbiddenError();
}

const Owned = z.looseObject({ userId: z.string() });

/** The owner whom a body names. */
export const ownerIn = (body: unknown): string | undefined => read(Owned, body).data?.userId;
