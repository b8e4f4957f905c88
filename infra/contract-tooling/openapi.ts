import * as z from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverride,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import { BATCH_BODY_BYTES_MAX } from '../../contracts/api/batch.ts';
import {
  BODY_BYTES_MAX,
  type Operation,
  ownerPlace,
  type RefusalStatus,
  refusalsOf,
  requestHeaders,
  responseHeaders,
  routeScopesOf,
} from '../../contracts/api/operation.ts';
import { operationsByResource } from '../../contracts/api/operations.ts';
import { GatewayMessage, Problem } from '../../contracts/api/problem.ts';
import manifest from '../../package.json' with { type: 'json' };
import { nameSchemas } from './named-schemas.ts';

const problem = { 'application/problem+json': { schema: Problem } };
const gatewayMessage = { 'application/json': { schema: GatewayMessage } };
const retryAfter = z.string().meta({ description: 'Seconds after which to try again.' });

/** What each refusal means; each names what to correct. */
const REFUSALS: Readonly<Record<RefusalStatus, ZodOpenApiResponseObject>> = {
  400: {
    id: 'Malformed',
    description: 'The request does not match its schema; `errors` names each field.',
    content: problem,
  },
  404: { id: 'NotFound', description: 'What the request names does not exist.', content: problem },
  409: {
    id: 'Conflict',
    description: 'The state does not allow the request; with `Retry-After` where it soon may.',
    headers: z.object({ 'Retry-After': retryAfter.optional() }),
    content: problem,
  },
  412: {
    id: 'VersionMismatch',
    description: '`If-Match` names another version than the current one.',
    content: problem,
  },
  415: { id: 'UnsupportedMediaType', description: 'The body is not declared as JSON.', content: problem },
  422: {
    id: 'IdempotencyKeyReused',
    description: 'The `Idempotency-Key` was used for another request.',
    content: problem,
  },
};

/** Which callers an operation refuses with 403. API Gateway refuses a token without any scope of the route, the function all else. */
function forbidden(operation: Operation): ZodOpenApiResponseObject {
  const { access, scopes = [] } = operation;
  const opening = scopes.map((scope) => `\`${scope}\``).join(' or ');
  const owned = ownerPlace(operation) === 'path' ? '`{userId}`' : '`userId` in the body';
  const description = {
    public: '',
    authenticated: 'The token has no scope of the API, or the request names what another user owns.',
    owner: `The caller is not the user whom ${owned} names, with the scope \`shop\`, or may not do this as the owner, and does not have the scope ${opening}.`,
    scoped: `The caller does not have the scope ${opening}${scopes.includes('shop') ? ', or the request names what another user owns' : ''}.`,
  }[access];
  return { description, content: { ...problem, ...gatewayMessage } };
}

const UNAUTHENTICATED: ZodOpenApiResponseObject = {
  id: 'Unauthenticated',
  description: 'The request has no valid token, or one without a subject.',
  headers: z.object({ 'WWW-Authenticate': z.string().optional() }),
  content: { ...gatewayMessage, ...problem },
};
const TOO_MANY_REQUESTS: ZodOpenApiResponseObject = {
  id: 'TooManyRequests',
  description:
    'More requests came than the API accepts, or the user writes more often than a user may: try again, each time later.',
  headers: z.object({ 'Retry-After': retryAfter.optional() }),
  content: { ...gatewayMessage, ...problem },
};
const INTERNAL_ERROR: ZodOpenApiResponseObject = {
  id: 'InternalError',
  description: 'The fault is ours; `requestId` is what to report.',
  content: { ...problem, ...gatewayMessage },
};
const TRY_AGAIN: ZodOpenApiResponseObject = {
  id: 'TryAgain',
  description: 'A retry may succeed; with an `Idempotency-Key` the same caller may send a POST again.',
  headers: z.object({ 'Retry-After': retryAfter.optional() }),
  content: { ...problem, ...gatewayMessage },
};

/** The responses that any operation may return: those of its `generalStatusesOf`. */
const generalResponses = (operation: Operation): Readonly<Record<number, ZodOpenApiResponseObject>> => ({
  ...(operation.access !== 'public' && {
    401: UNAUTHENTICATED,
    403: forbidden(operation),
  }),
  429: TOO_MANY_REQUESTS,
  500: INTERNAL_ERROR,
  503: TRY_AGAIN,
});

const TOKEN = 'token';

const KIB = 1024;

const DESCRIPTION = [
  `Requests and responses are JSON; a request's body has at most ${BODY_BYTES_MAX / KIB} KiB, that of a batch ${BATCH_BODY_BYTES_MAX / KIB} KiB.`,
  'Every refusal is a problem of [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457), except for the responses of API Gateway itself.',
  'Responses hold personal data and have `Cache-Control: no-store`, except for the schemas of events.',
  'Every response of a function has `X-Content-Type-Options: nosniff` and `Strict-Transport-Security`.',
  'With an `Idempotency-Key`, the same caller may send a POST again for 24 hours. The key of another caller is another request.',
  'Amounts are integers in minor units.',
  'A query parameter that is an array is repeated, once for each value. Any other that is repeated is refused, and so is an unknown one.',
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
              'An access token of the issuer that the stack trusts. `sub` is the user’s id, `scope` what the token is for. An issuer may write a prefix before each scope.',
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
  const { id, summary, access, parameters, body, success } = operation;
  const headers = responseHeaders(operation);
  return {
    operationId: id,
    summary,
    tags: [resource],
    'x-access': access,
    security: securityOf(operation),
    requestParams: { ...parameters, header: z.object(requestHeaders(operation)) },
    ...(body && { requestBody: { required: true, content: contentOf(operation, body) } }),
    responses: {
      [success.status]: {
        description: success.description,
        ...(Object.keys(headers).length > 0 && { headers: z.object(headers) }),
        content: { 'application/json': { schema: success.body } },
      },
      ...Object.fromEntries(refusalsOf(operation).map((status) => [status, REFUSALS[status]])),
      ...generalResponses(operation),
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

/** What a bearer token must hold: any one of the scopes of the route. */
const securityOf = (operation: Operation) => routeScopesOf(operation).map((scope) => ({ [TOKEN]: [scope] }));

/** Whether what a schema reads has a name in the document, which then describes it. */
const isNamed = (schema: z.core.$ZodType): boolean =>
  schema instanceof z.ZodPipe ? isNamed(schema.in) : z.globalRegistry.get(schema)?.id !== undefined;

/**
 * A response may gain members without breaking a client: only what is strict in contracts/ refuses them. And a parameter that
 * is read as a number is described as one, not as the text that it comes in.
 */
const override: ZodOpenApiOverride = ({ zodSchema, jsonSchema }) => {
  const { def } = zodSchema._zod;
  if (def.type === 'object' && def.catchall === undefined) delete jsonSchema.additionalProperties;
  if (def.type === 'pipe' && def.out._zod.def.type === 'number' && !isNamed(def.in)) {
    delete jsonSchema.pattern;
    const { $schema, ...number } = z.toJSONSchema(def.out);
    Object.assign(jsonSchema, number);
  }
  // zod leaves out a default that lies behind a transformation.
  if (def.type === 'default') Object.assign(jsonSchema, { default: def.defaultValue });
};
