import * as z from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';
import { GatewayMessage } from '../../contracts/api/gateway-message.ts';
import type { OperationAccess, RefusalStatus } from '../../contracts/api/operations/operation.ts';
import { Problem } from '../../contracts/api/problem.ts';

const problem = { 'application/problem+json': { schema: Problem } };
const gatewayMessage = { 'application/json': { schema: GatewayMessage } };
const retryAfter = z.string().meta({ description: 'Seconds after which to try again.' });

/** What each refusal means; each names what to mend. */
export const REFUSALS: Readonly<Record<RefusalStatus, ZodOpenApiResponseObject>> = {
  400: {
    id: 'Malformed',
    description: 'The request breaks its contract; `errors` names each field.',
    content: problem,
  },
  404: { id: 'NotFound', description: 'What the request names does not exist.', content: problem },
  409: {
    id: 'Conflict',
    description: 'The state of things does not allow it; with `Retry-After` where it soon may.',
    headers: z.object({ 'Retry-After': retryAfter.optional() }),
    content: problem,
  },
  412: {
    id: 'VersionMismatch',
    description: 'Another version is there than `If-Match` names.',
    content: problem,
  },
  415: { id: 'UnsupportedMediaType', description: 'The body is not declared as JSON.', content: problem },
  422: {
    id: 'IdempotencyKeyReused',
    description: 'The `Idempotency-Key` was used for another request.',
    content: problem,
  },
};

/** Who may make a request of each access; anybody else is answered 403. */
const FORBIDDEN: Readonly<Record<OperationAccess, string>> = {
  'own-path':
    'The caller is not the user whom `{userId}` names, or may not do this to what is theirs, and has none of the scopes `orders:admin` and `ops`.',
  'own-body':
    'The caller is not the user whom `userId` in the body names, and has none of the scopes `orders:admin` and `ops`.',
  'any-caller':
    'What the request names is not the caller’s, who has none of the scopes `orders:admin` and `ops`.',
  admin: 'The caller has none of the scopes `orders:admin` and `ops`.',
  ops: 'The caller has not the scope `ops`.',
};

const forbidden = (access: OperationAccess): ZodOpenApiResponseObject => ({
  description: FORBIDDEN[access],
  content: problem,
});

const UNAUTHENTICATED: ZodOpenApiResponseObject = {
  id: 'Unauthenticated',
  description: 'The request has no token that is good, or one that names no subject.',
  headers: z.object({ 'WWW-Authenticate': z.string().optional() }),
  content: { ...gatewayMessage, ...problem },
};
const TOO_MANY_REQUESTS: ZodOpenApiResponseObject = {
  id: 'TooManyRequests',
  description: 'More requests came than the API takes: try again, each time later.',
  content: gatewayMessage,
};
const INTERNAL_ERROR: ZodOpenApiResponseObject = {
  id: 'InternalError',
  description: 'The fault is ours; `requestId` is what to report.',
  content: { ...problem, ...gatewayMessage },
};
const TRY_AGAIN: ZodOpenApiResponseObject = {
  id: 'TryAgain',
  description: 'It may go well in a moment; with an `Idempotency-Key` a POST is safe to send again.',
  headers: z.object({ 'Retry-After': retryAfter.optional() }),
  content: { ...problem, ...gatewayMessage },
};

/** The answers that any operation may give. */
export const generalAnswers = (access: OperationAccess) => ({
  401: UNAUTHENTICATED,
  403: forbidden(access),
  429: TOO_MANY_REQUESTS,
  500: INTERNAL_ERROR,
  503: TRY_AGAIN,
});
