import { setTimeout as sleep } from 'node:timers/promises';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import * as z from 'zod';
import { parse, read } from '../../../contracts/reading.ts';
import { type InvocationResult, RequestTooLargeError } from '../lambda/invocation-result.ts';
import { LOCAL_HOST, requireFreePort } from '../machine/free-port.ts';
import { settledWithin } from '../machine/settled-within.ts';
import { gatewayServer, respondToClientError } from './gateway-server.ts';
import { httpApiEvent } from './http-api-event.ts';
import { gatewayResponse, type HttpApiResponse, httpApiResponse } from './http-api-response.ts';
import { type Authorize, hasOneOf } from './jwt-authorizer.ts';

/** A route of the template and its function. */
export interface GatewayRoute {
  readonly method: string;
  /** With parameters in braces: `/users/{userId}`. `{rest+}` matches the rest of the path. */
  readonly path: string;
  /** Whether no caller is authorized for it. */
  readonly isPublic?: boolean;
  /** Of these scopes a token must have one; any token will do where there are none. */
  readonly scopes?: readonly string[];
  /** The signal aborts once the caller has a 503: what has not started then must not start. */
  readonly invoke: (event: unknown, givenUp: AbortSignal) => Promise<InvocationResult>;
}

/** A running gateway. */
export interface Gateway {
  readonly url: string;
  /** Accepts no further requests, waits up to `stopTimeoutMs` for requests in progress, and closes every connection. */
  stop(): Promise<void>;
}

/** Options for the start of the gateway. */
export interface GatewayOptions {
  /** The default is a free port. */
  readonly port?: number;
  /** How long `stop` waits for requests in progress. Set it to the time for which a function may run. */
  readonly stopTimeoutMs?: number;
  /** How long a function may take to respond. The default is 30 s, as in API Gateway. */
  readonly integrationTimeoutMs?: number;
  /** Authorizes callers. Without it, anyone may call. */
  readonly authorize?: Authorize | undefined;
}

/** See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html. */
const BODY_BYTES_MAX = 10 * 1024 * 1024;
const INTEGRATION_TIMEOUT_MS = 30_000;
/** More than the limit of a request's head, so that no parameter is refused for its length. */
const PATH_PARAMETER_LENGTH_MAX = 16_384;
const STOP_TIMEOUT_MS = 10_000;
const CHECK_INTERVAL_MS = 10;
const HTTP_SERVER_FAULT = 500;
const HTTP_TOO_LARGE = 413;

const ANY_BYTES = { 'content-type': 'application/octet-stream' };

const Methods = z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']);
const PathParameters = z.record(z.string(), z.string());
const ErrorWithStatus = z.looseObject({ statusCode: z.number() });

/**
 * Serves the template's routes on 127.0.0.1 as an HTTP API does.
 *
 * @throws LocalPartError `port-taken`.
 */
export async function startGateway(
  routes: readonly GatewayRoute[],
  {
    port = 0,
    stopTimeoutMs = STOP_TIMEOUT_MS,
    integrationTimeoutMs = INTEGRATION_TIMEOUT_MS,
    authorize,
  }: GatewayOptions = {},
): Promise<Gateway> {
  await requireFreePort(port, 'The HTTP API');
  const app = Fastify({
    bodyLimit: BODY_BYTES_MAX,
    forceCloseConnections: 'idle',
    // Otherwise Fastify sends a response of its own to a request on an open connection.
    return503OnClosing: false,
    serverFactory: gatewayServer,
    clientErrorHandler: respondToClientError,
    routerOptions: { maxParamLength: PATH_PARAMETER_LENGTH_MAX },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  // A function receives any media type that the client names. Fastify would refuse a malformed one.
  app.addHook('onRequest', async (request) => {
    if (request.raw.headers['content-type'] !== undefined) request.headers = ANY_BYTES;
  });
  app.setNotFoundHandler((_request, reply) => send(reply, gatewayResponse(404, 'Not Found')));
  app.setErrorHandler((error, _request, reply) => send(reply, responseToError(error)));
  const inProgress = requestsInProgress(app);
  for (const route of routes) {
    app.route({
      method: parse(Methods, route.method),
      url: fastifyPath(route.path),
      exposeHeadRoute: false,
      handler: async (request, reply) =>
        send(reply, await respond(route, request, authorize, integrationTimeoutMs)),
    });
  }
  const url = await app.listen({ host: LOCAL_HOST, port });
  return { url, stop: () => stopGateway(app, inProgress, stopTimeoutMs) };
}

/** Counts the requests that have arrived completely, have no complete response, and still have a connection. */
function requestsInProgress(app: FastifyInstance): () => number {
  const requests = new Set<FastifyRequest>();
  app.addHook('preHandler', async (request, { raw }) => {
    if (raw.closed) return;
    requests.add(request);
    raw.once('close', () => requests.delete(request));
  });
  return () => requests.size;
}

/** Closes connections explicitly: an idle one, or one with an incomplete request, would keep the server open for ever. */
async function stopGateway(app: FastifyInstance, inProgress: () => number, timeoutMs: number): Promise<void> {
  const closed = app.close();
  const deadlineMs = Date.now() + timeoutMs;
  while (inProgress() > 0 && Date.now() < deadlineMs) await sleep(CHECK_INTERVAL_MS);
  app.server.closeAllConnections();
  await closed;
}

async function respond(
  { method, path, isPublic = false, scopes = [], invoke }: GatewayRoute,
  request: FastifyRequest,
  authorize: Authorize | undefined,
  timeoutMs: number,
): Promise<HttpApiResponse> {
  const isAuthorized = authorize !== undefined && !isPublic;
  const claims = isAuthorized ? await authorize(request.headers.authorization) : undefined;
  if (isAuthorized && claims === undefined) return UNAUTHORIZED;
  if (claims !== undefined && !hasOneOf(claims, scopes)) return FORBIDDEN;
  const event = httpApiEvent(
    {
      method,
      url: request.url,
      httpVersion: request.raw.httpVersion,
      headers: request.raw.headersDistinct,
      pathParameters: pathParameters(path, request.params),
      body: Buffer.isBuffer(request.body) && request.body.length > 0 ? request.body : undefined,
      sourceIp: request.ip,
      routePath: path,
      claims,
    },
    new Date(),
  );
  try {
    const givingUp = new AbortController();
    const result = invoke(event, givingUp.signal);
    if (await settledWithin(result, timeoutMs)) return httpApiResponse(await result);
    givingUp.abort();
    return TIMED_OUT;
  } catch (error) {
    if (error instanceof RequestTooLargeError) return gatewayResponse(HTTP_TOO_LARGE, 'Request Too Long');
    throw error;
  }
}

const TIMED_OUT = gatewayResponse(503, 'Service Unavailable');
const UNAUTHORIZED: HttpApiResponse = {
  ...gatewayResponse(401, 'Unauthorized'),
  headers: { 'content-type': 'application/json', 'www-authenticate': 'Bearer' },
};

const FORBIDDEN = gatewayResponse(403, 'Forbidden');

function responseToError(error: unknown): HttpApiResponse {
  const statusCode = read(ErrorWithStatus, error).data?.statusCode ?? HTTP_SERVER_FAULT;
  if (statusCode === HTTP_TOO_LARGE) return gatewayResponse(statusCode, 'Request Entity Too Large');
  return statusCode < HTTP_SERVER_FAULT
    ? gatewayResponse(statusCode, 'Bad Request')
    : gatewayResponse(HTTP_SERVER_FAULT, 'Internal Server Error');
}

function send(reply: FastifyReply, { statusCode, headers, cookies, body }: HttpApiResponse): FastifyReply {
  for (const cookie of cookies) reply.header('set-cookie', cookie);
  // As bytes: Fastify would add a charset to text, and an HTTP API does not.
  return reply.code(statusCode).headers(headers).send(Buffer.from(body));
}

const fastifyPath = (path: string): string =>
  path.replaceAll(/\{([^}+]+)(\+?)\}/g, (_match, name: string, rest: string) =>
    rest === '' ? `:${name}` : '*',
  );

function pathParameters(path: string, params: unknown): Record<string, string> {
  const { '*': rest, ...named } = parse(PathParameters, params ?? {});
  const restName = /\{([^}+]+)\+\}/.exec(path)?.[1];
  return rest === undefined || restName === undefined ? named : { ...named, [restName]: rest };
}
