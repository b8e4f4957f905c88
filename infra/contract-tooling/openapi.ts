import * as z from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverride,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import type { Operation, OperationAccess, RefusalStatus } from '../../contracts/api/operation.ts';
import { operationsByResource } from '../../contracts/api/operations.ts';
import { GatewayMessage, Problem } from '../../contracts/api/problem.ts';
import { Scope } from '../../contracts/api/scopes.ts';
import { BATCH_BODY_BYTES_MAX } from '../../handlers/api/batch-limits.ts';
import { BODY_BYTES_MAX } from '../../handlers/http/errors.ts';
import manifest from '../../package.json' with { type: 'json' };
import { nameSchemas } from './named-schemas.ts';

const problem = { 'application/problem+json': { schema: Problem } };
const gatewayMessage = { 'application/json': { schema: GatewayMessage } };
const retryAfter = z.string().meta({ description: 'Seconds after which to try again.' });

/** What each refusal means; each names what to mend. */
const REFUSALS: Readonly<Record<RefusalStatus, ZodOpenApiResponseObject>> = {
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
const generalAnswers = (access: OperationAccess) => ({
  401: UNAUTHENTICATED,
  403: forbidden(access),
  429: TOO_MANY_REQUESTS,
  500: INTERNAL_ERROR,
  503: TRY_AGAIN,
});

const TOKEN = 'token';

const KIB = 1024;

const DESCRIPTION = [
  `Requests and answers are JSON; a request's body has at most ${BODY_BYTES_MAX / KIB} KiB, that of a batch ${BATCH_BODY_BYTES_MAX / KIB} KiB.`,
  'Every refusal is a problem of [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457), but for what API Gateway answers itself.',
  'Answers hold personal data and bear `Cache-Control: no-store`.',
  'With an `Idempotency-Key`, a POST is safe to send again for 24 hours.',
  'Amounts are integers in minor units.',
  'A parameter of a query that is an array is repeated, once a value. Any other that comes twice is refused, and so is one that is not known.',
].join(' ');

/** The OpenAPI document of every operation, as text: contracts/openapi.json. See https://spec.openapis.org/oas/v3.1.1.html. */
export async function openApiDocument(): Promise<string> {
  await nameSchemas();
  const document = createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'Order stream',
        version: manifest.version,
        description: DESCRIPTION,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [
        {
          url: '{apiUrl}',
          variables: {
            apiUrl: {
              default: 'http://localhost:3000',
              description: 'The output ApiUrl of the stack, or what `npm run dev` prints.',
            },
          },
        },
      ],
      tags: Object.keys(operationsByResource).map((name) => ({ name })),
      paths: paths(),
      components: {
        securitySchemes: {
          [TOKEN]: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description:
              'A token of the issuer that the stack trusts. `sub` is the user’s id; `scope` opens more than the own path.',
          },
        },
      },
    },
    { override },
  );
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function paths(): ZodOpenApiPathsObject {
  const described: ZodOpenApiPathsObject = {};
  for (const [resource, operations] of Object.entries(operationsByResource))
    for (const operation of operations) {
      const { path, method } = operation;
      described[path] = { ...described[path], [method.toLowerCase()]: entryOf(operation, resource) };
    }
  return described;
}

function entryOf(operation: Operation, resource: string): ZodOpenApiOperationObject {
  const { id, summary, access, parameters, body, success, refusals } = operation;
  return {
    operationId: id,
    summary,
    tags: [resource],
    'x-access': access,
    security: securityOf(access),
    ...(parameters && { requestParams: parameters }),
    ...(body && { requestBody: { required: true, content: contentOf(operation, body) } }),
    responses: {
      [success.status]: {
        description: success.description,
        ...(success.headers && { headers: success.headers }),
        content: { 'application/json': { schema: success.body } },
      },
      ...Object.fromEntries(refusals.map((status) => [status, REFUSALS[status]])),
      ...generalAnswers(access),
    },
  };
}

/** What is absent from a PATCH stays as it is, so its body is a merge patch. See https://www.rfc-editor.org/rfc/rfc7396. */
const contentOf = ({ method, example }: Operation, schema: z.ZodType) =>
  Object.fromEntries(
    [...(method === 'PATCH' ? ['application/merge-patch+json'] : []), 'application/json'].map((mediaType) => [
      mediaType,
      { schema, ...(example !== undefined && { example }) },
    ]),
  );

/** One of the privileged scopes is needed where nobody else may call; OpenAPI lists what a bearer token must hold. */
const securityOf = (access: OperationAccess) => {
  if (access === 'ops') return [{ [TOKEN]: [Scope.enum.ops] }];
  return access === 'admin' ? Scope.options.map((scope) => ({ [TOKEN]: [scope] })) : [{ [TOKEN]: [] }];
};

/**
 * An answer may gain members without breaking a client: only what is strict in contracts/ refuses them. And a parameter that
 * is read as a number is described as one, not as the text that it comes in.
 */
const override: ZodOpenApiOverride = ({ zodSchema, jsonSchema }) => {
  const { def } = zodSchema._zod;
  if (def.type === 'object' && def.catchall === undefined) delete jsonSchema.additionalProperties;
  if (def.type === 'pipe' && def.out._zod.def.type === 'number') {
    delete jsonSchema.pattern;
    const { $schema, ...number } = z.toJSONSchema(def.out);
    Object.assign(jsonSchema, number);
  }
  // zod leaves out a default that lies behind a transformation.
  if (def.type === 'default') Object.assign(jsonSchema, { default: def.defaultValue });
};
