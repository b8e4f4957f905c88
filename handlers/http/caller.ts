import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { read } from '../../contracts/reading.ts';
import { line } from '../../contracts/text.ts';
import { UnauthenticatedError } from './http-errors.ts';

/** Who makes a request, as the API's JWT authorizer vouches for. */
export interface Caller {
  /** The token's subject: a user's id, where a user calls. */
  readonly sub: string;
  readonly scopes: ReadonlySet<string>;
}

/** See https://openid.net/specs/openid-connect-core-1_0.html#IDToken. */
const SUBJECT_CHARACTERS_MAX = 255;

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
      }),
    }),
  }),
});

/**
 * Reads who calls. `scp` counts where there is no `scope`, as for API Gateway itself.
 * See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html.
 *
 * @throws UnauthenticatedError when no authorizer was there or its token has no subject.
 */
export function readCaller({ requestContext }: Pick<APIGatewayProxyEventV2, 'requestContext'>): Caller {
  const context = read(Authorized, requestContext);
  if (!context.success) throw new UnauthenticatedError();
  const { sub, scope, scp } = context.data.authorizer.jwt.claims;
  return { sub, scopes: new Set((scope ?? scp ?? '').replace(/^\[(.*)\]$/s, '$1').match(/\S+/g)) };
}
