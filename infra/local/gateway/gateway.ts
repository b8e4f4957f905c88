import { setTimeout as sleep } from 'node:timers/promises';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import * as z from 'zod';
import { parse, read } from '../../../contracts/reading.ts';
import { type InvocationResult, RequestTooLargeError } from '../lambda/invocation-result.ts';
import { LOCAL_HOST, requireFreePort } from '../parts/free-port.ts';
import { settledWithin } from '../settled-within.ts';
import { answerClientError, gatewayServer } from './gateway-server.ts';
import { httpApiEvent } from './http-api-event.ts';
import { gatewayAnswer, type HttpAnswer, httpAnswer } from './http-api-response.ts';
import type { Authorize } from './jwt-authorizer.ts';

/** A route of the template and the function behind it. */
export interface GatewayRoute {
  readonly method: string;
  /** With parameters in braces: `/users/{userId}`; `{rest+}` takes all that follows. */
  readonly path: string;
  readonly invoke: (event: unknown) => Promise<InvocationResult>;
}

/** A running gateway. */
export interface Gateway {
  readonly url: string;
  /** Takes no further request, lets those under way end, at most `stopTimeoutMs`, and closes every connection. */
  stop(): Promise<void>;
}

/** How the gateway is started. */
export interface GatewayOptions {
  /** Any free port without it. */
  readonly port?: number;
  /** How long stop() waits for requests under way: as long as a function may run. */
  readonly stopTimeoutMs?: number;
  /** How long a function may take to answer: 30 s without it, which is all that API Gateway waits. */
  readonly integrationTimeoutMs?: number;
  /** Who may call; anybody without it. */
  readonly authorize?: Authorize | undefined;
}

/** See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html. */
const BODY_BYTES_MAX = 10 * 1024 * 1024;
const INTEGRATION_TIMEOUT_MS = 30_000;
/** More than a request's head may have, so that no parameter is refused for its length. */
const PATH_PARAMETER_LENGTH_MAX = 16_384;
const STOP_TIMEOUT_MS = 10_000;
const LOOK_INTERVAL_MS = 10;
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
    // Fastify would answer in its own words what comes on an open connection by then.
    return503OnClosing: false,
    serverFactory: gatewayServer,
    clientErrorHandler: answerClientError,
    routerOptions: { maxParamLength: PATH_PARAMETER_LENGTH_MAX },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  // A function gets whatever media type the client names; Fastify would refuse one that is malformed.
  app.addHook('onRequest', async (request) => {
    if (request.raw.headers['content-type'] !== undefined) request.headers = ANY_BYTES;
  });
  app.setNotFoundHandler((_request, reply) => send(reply, gatewayAnswer(404, 'Not Found')));
  app.setErrorHandler((error, _request, reply) => send(reply, answerToError(error)));
  const underWay = requestsUnderWay(app);
  for (const route of routes) {
    app.route({
      method: parse(Methods, route.method),
      url: fastifyPath(route.path),
      exposeHeadRoute: false,
      handler: async (request, reply) =>
        send(reply, await answer(route, request, authorize, integrationTimeoutMs)),
    });
  }
  const url = await app.listen({ host: LOCAL_HOST, port });
  return { url, stop: () => stopGateway(app, underWay, stopTimeoutMs) };
}

/** Counts the requests that have come in full, are not answered in full and have a connection that they can be answered on. */
function requestsUnderWay(app: FastifyInstance): () => number {
  const requests = new Set<FastifyRequest>();
  app.addHook('preHandler', async (request, { raw }) => {
    if (raw.closed) return;
    requests.add(request);
    raw.once('close', () => requests.delete(request));
  });
  return () => requests.size;
}

/** A connection that is silent, or in the middle of a request, would keep the server from closing for ever. */
async function stopGateway(app: FastifyInstance, underWay: () => number, timeoutMs: number): Promise<void> {
  const closed = app.close();
  const deadlineMs = Date.now() + timeoutMs;
  while (underWay() > 0 && Date.now() < deadlineMs) await sleep(LOOK_INTERVAL_MS);
  app.server.closeAllConnections();
  await closed;
}

async function answer(
  { method, path, invoke }: GatewayRoute,
  request: FastifyRequest,
  authorize: Authorize | undefined,
  timeoutMs: number,
): Promise<HttpAnswer> {
  const claims = await authorize?.(request.headers.authorization);
  if (authorize !== undefined && claims === undefined) return UNAUTHORIZED;
  const event = httpApiEvent(
    {
      method,
      url: request.url,
      httpVersion: request.raw.httpVersion,
      headers: request.raw.headers,
      pathParameters: pathParameters(path, request.params),
      body: Buffer.isBuffer(request.body) && request.body.length > 0 ? request.body : undefined,
      sourceIp: request.ip,
      routePath: path,
      claims,
    },
    new Date(),
  );
  try {
    const result = invoke(event);
    return (await settledWithin(result, timeoutMs)) ? httpAnswer(await result) : TIMED_OUT;
  } catch (error) {
    if (error instanceof RequestTooLargeError) return gatewayAnswer(HTTP_TOO_LARGE, 'Request Too Long');
    throw error;
  }
}

const TIMED_OUT = gatewayAnswer(503, 'Service Unavailable');
const UNAUTHORIZED: HttpAnswer = {
  ...gatewayAnswer(401, 'Unauthorized'),
  headers: { 'content-type': 'application/json', 'www-authenticate': 'Bearer' },
};

function answerToError(error: unknown): HttpAnswer {
  const statusCode = read(ErrorWithStatus, error).data?.statusCode ?? HTTP_SERVER_FAULT;
  if (statusCode === HTTP_TOO_LARGE) return gatewayAnswer(statusCode, 'Request Entity Too Large');
  return statusCode < HTTP_SERVER_FAULT
    ? gatewayAnswer(statusCode, 'Bad Request')
    : gatewayAnswer(HTTP_SERVER_FAULT, 'Internal Server Error');
}

function send(reply: FastifyReply, { statusCode, headers, cookies, body }: HttpAnswer): FastifyReply {
  for (const cookie of cookies) reply.header('set-cookie', cookie);
  // As bytes: to a text Fastify would add a charset, which an HTTP API does not.
  return reply.code(statusCode).headers(headers).send(Buffer.from(body));
}

const fastifyPath = (path: string): string =>
  path.replaceAll(/\{([^}+]+)(\+?)\}/g, (_whole, name: string, rest: string) =>
    rest === '' ? `:${name}` : '*',
  );

function pathParameters(path: string, params: unknown): Record<string, string> {
  const { '*': rest, ...named } = parse(PathParameters, params ?? {});
  const restName = /\{([^}+]+)\+\}/.exec(path)?.[1];
  return rest === undefined || restName === undefined ? named : { ...named, [restName]: rest };
}
