import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { gatewayAnswer, type HttpAnswer } from './http-api-response.ts';

/**
 * The bytes that the request line and the values of all headers may have together.
 * See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html.
 */
const REQUEST_HEAD_BYTES_MAX = 10_240;
/** What the parser reads of a request's head before it gives up: more, so that a head that is a little too long is measured. */
const PARSED_HEAD_BYTES_MAX = 1_048_576;
/** A request that has not come in full by then is answered with 408. */
const REQUEST_TIMEOUT_MS = 30_000;

const HEAD_TOO_LARGE = gatewayAnswer(431, 'Request Header Fields Too Large');
const LAST_ANSWER = { connection: 'close' };
const BAD_REQUEST = gatewayAnswer(400, 'Bad Request');

// The last answer of each connection, which must not be written into.
const lastAnswers = new WeakMap<Duplex, ServerResponse>();

/**
 * The server in front of the routes: what it does not take it answers as an HTTP API does, with one `message` in JSON, and hands
 * everything else to `handler`. AWS documents the limit of a request's head and not the answer; 431 is HTTP's own.
 * {@link answerClientError} belongs to it.
 */
export function gatewayServer(handler: RequestListener): Server {
  const server = createServer(
    { maxHeaderSize: PARSED_HEAD_BYTES_MAX, requestTimeout: REQUEST_TIMEOUT_MS, requireHostHeader: false },
    (request, response) => {
      lastAnswers.set(request.socket, response);
      const refusal = refusalOf(request);
      if (refusal === undefined) handler(request, response);
      else refuse(response, refusal);
    },
  );
  server.on('checkExpectation', (_request, response) =>
    refuse(response, gatewayAnswer(417, 'Expectation Failed')),
  );
  server.on('connect', (_request, socket) => endWith(socket, BAD_REQUEST));
  return server;
}

/** Answers what is no HTTP, unless that would cut into an answer under way, and ends the connection. */
export function answerClientError({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  const answer = lastAnswers.get(socket);
  const isAnswering = answer?.headersSent === true && !answer.writableFinished;
  if (!socket.writable || isAnswering) socket.destroy();
  else if (code === 'HPE_HEADER_OVERFLOW') endWith(socket, HEAD_TOO_LARGE);
  else if (code === 'ERR_HTTP_REQUEST_TIMEOUT') endWith(socket, gatewayAnswer(408, 'Request Timeout'));
  else endWith(socket, BAD_REQUEST);
}

/** The body is not read, so the connection cannot be used again. */
function refuse(response: ServerResponse, { statusCode, headers, body }: HttpAnswer): void {
  response.writeHead(statusCode, { ...headers, ...LAST_ANSWER, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function refusalOf(request: IncomingMessage): HttpAnswer | undefined {
  const { method = '', url = '', httpVersion, headers, rawHeaders } = request;
  const requestLine = `${method} ${url} HTTP/${httpVersion}`;
  const values = rawHeaders.filter((_text, index) => index % 2 === 1);
  const bytes = [requestLine, ...values].reduce((sum, text) => sum + Buffer.byteLength(text, 'latin1'), 0);
  if (bytes > REQUEST_HEAD_BYTES_MAX) return HEAD_TOO_LARGE;
  // See https://www.rfc-editor.org/rfc/rfc9112#name-request-target, and section 3.2 for Host.
  const isHostMissing = httpVersion === '1.1' && headers.host === undefined;
  return isHostMissing || !isEscapedUtf8(url) ? BAD_REQUEST : undefined;
}

/** Whether a path and query are ASCII whose escapes are complete and spell UTF-8. See https://www.rfc-editor.org/rfc/rfc3986#section-2.1. */
function isEscapedUtf8(url: string): boolean {
  if (!/^[\x21-\x7e]*$/.test(url)) return false;
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

/** Answers what was no request, on the bare connection. */
function endWith(socket: Duplex, { statusCode, headers, body }: HttpAnswer): void {
  const all = { ...headers, ...LAST_ANSWER, 'content-length': Buffer.byteLength(body) };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}\r\n${head.join('')}\r\n${body}`, () =>
    socket.destroy(),
  );
}
