import * as z from 'zod';
import type { JwtAuthorizerSettings } from '../gateway/jwt-authorizer.ts';
import type { ReadResource } from './read-resource.ts';

const Authorizer = z.strictObject({
  IdentitySource: z.literal('$request.header.Authorization'),
  JwtConfiguration: z.strictObject({ issuer: z.string(), audience: z.array(z.string()).min(1) }),
  AuthorizationScopes: z.array(z.string()).default([]),
});
const shape = {
  Auth: z
    .strictObject({ DefaultAuthorizer: z.string(), Authorizers: z.record(z.string(), Authorizer) })
    .refine(({ DefaultAuthorizer, Authorizers }) => Authorizers[DefaultAuthorizer] !== undefined, {
      message: 'names a default authorizer that is not there',
    })
    .optional(),
};
const ignored = [
  'FailOnWarnings',
  'AccessLogSettings',
  'DefaultRouteSettings',
  'RouteSettings',
  'Name',
  'Tags',
];

/** An HTTP API as the gateway serves it. */
export interface HttpApiDefinition {
  readonly logicalId: string;
  /** What every route requires; without it, every caller is admitted. */
  readonly authorizer: JwtAuthorizerSettings | undefined;
  /** The scopes of a route that names none; a token must have one of them. */
  readonly defaultScopes: readonly string[];
}

export const readHttpApi: ReadResource<HttpApiDefinition> = ({ logicalId, properties }) => {
  const { Auth } = properties({ shape, ignored });
  const authorizer = Auth?.Authorizers[Auth.DefaultAuthorizer];
  const jwt = authorizer?.JwtConfiguration;
  return {
    logicalId,
    authorizer: jwt && { issuer: jwt.issuer, audiences: jwt.audience },
    defaultScopes: authorizer?.AuthorizationScopes ?? [],
  };
};
