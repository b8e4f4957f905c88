import { createLocalJWKSet, createRemoteJWKSet, errors, type JWK, type JWTPayload, jwtVerify } from 'jose';
import * as z from 'zod';
import { parse } from '../../../contracts/reading.ts';
import { LOCAL_ISSUER, publicKey } from '../issuer/local-issuer.ts';

/** What a route's authorizer accepts, from the template. */
export interface JwtAuthorizerSettings {
  readonly issuer: string;
  readonly audiences: readonly string[];
}

/** Claims as a function receives them: every value is text. */
export type AuthorizedClaims = Readonly<Record<string, string>>;

/** Returns the claims of the request's token, or `undefined` if there is no valid token. */
export type Authorize = (authorization: string | undefined) => Promise<AuthorizedClaims | undefined>;

type Keys = Parameters<typeof jwtVerify>[1];

/** See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512'];
const DISCOVERY_TIMEOUT_MS = 5_000;
const Discovery = z.looseObject({ jwks_uri: z.url() });

/**
 * A JWT authorizer with API Gateway's checks: an RSA signature by the key of the issuer that `kid` names, `iss`, `exp`, `nbf`, `iat`, and the
 * audience in `aud` or else in `client_id`. The local issuer's key is known. The keys of another issuer are read at the first
 * token, by OpenID Connect discovery.
 */
export function jwtAuthorizer({ issuer, audiences }: JwtAuthorizerSettings, localKey: JWK): Authorize {
  let keys: Promise<Keys> | undefined;
  return async (authorization) => {
    const token = /^(?:Bearer\s+)?(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return undefined;
    keys ??= keysOf(issuer, localKey);
    try {
      const { payload, protectedHeader } = await jwtVerify(token, await keys, {
        issuer,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp'],
      });
      const isTaken =
        protectedHeader.kid !== undefined && hasAudience(payload, audiences) && isInThePast(payload.iat);
      return isTaken ? asText(payload) : undefined;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      keys = undefined;
      throw error;
    }
  };
}

async function keysOf(issuer: string, localKey: JWK): Promise<Keys> {
  if (issuer === LOCAL_ISSUER) return createLocalJWKSet({ keys: [publicKey(localKey)] });
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(DISCOVERY_TIMEOUT_MS),
  });
  const { jwks_uri } = parse(Discovery, await response.json());
  return createRemoteJWKSet(new URL(jwks_uri), { timeoutDuration: DISCOVERY_TIMEOUT_MS });
}

function hasAudience(payload: JWTPayload, audiences: readonly string[]): boolean {
  const named = [payload.aud ?? payload['client_id']].flat();
  return named.some((one) => typeof one === 'string' && audiences.includes(one));
}

const isInThePast = (issuedAt: number | undefined): boolean =>
  issuedAt === undefined || issuedAt <= Math.ceil(Date.now() / 1_000);

/**
 * Whether the token has one of a route's scopes, in its claim `scope` or else in `scp`. A route without scopes takes any token.
 * See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html.
 */
export function hasOneOf({ scope, scp }: AuthorizedClaims, scopes: readonly string[]): boolean {
  const held = (scope ?? scp ?? '').replace(/^\[(.*)\]$/s, '$1').split(/\s+/);
  return scopes.length === 0 || scopes.some((one) => held.includes(one));
}

/** API Gateway passes each claim as text, and a list as its members in brackets. */
const asText = (payload: JWTPayload): AuthorizedClaims =>
  Object.fromEntries(
    Object.entries(payload).map(([name, value]) => [
      name,
      Array.isArray(value) ? `[${value.join(' ')}]` : String(value),
    ]),
  );
