import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { gatewayResponse, type HttpApiResponse } from './http-api-response.ts';

/**
 * The most bytes of the request line and the values of all headers together.
 * See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html.
 */
const REQUEST_HEAD_BYTES_MAX = 10_240;
/** The parser's own limit. It is higher, so that a head slightly over API Gateway's limit is still read and measured. */
const PARSED_HEAD_BYTES_MAX = 1_048_576;
/** A request that is incomplete after this time gets a 408. */
const REQUEST_TIMEOUT_MS = 30_000;

const HEAD_TOO_LARGE = gatewayResponse(431, 'Request Header Fields Too Large');
const CLOSE_CONNECTION = { connection: 'close' };
const BAD_REQUEST = gatewayResponse(400, 'Bad Request');

// The last response of each connection. An error must not be written into the middle of it.
const lastResponses = new WeakMap<Duplex, ServerResponse>();

/**
 * The server in front of the routes. It refuses a request as an HTTP API does, with one `message` in JSON, and passes every other
 * request to `handler`. AWS documents the limit of a request's head, but not the status beyond it; 431 is HTTP's own. Use it
 * together with {@link respondToClientError}.
 */
export function gatewayServer(handler: RequestListener): Server {
  const server = createServer(
    { maxHeaderSize: PARSED_HEAD_BYTES_MAX, requestTimeout: REQUEST_TIMEOUT_MS, requireHostHeader: false },
    (request, response) => {
      lastResponses.set(request.socket, response);
      const refusal = refusalOf(request);
      if (refusal === undefined) handler(request, response);
      else refuse(response, refusal);
    },
  );
  server.on('checkExpectation', (_request, response) =>
    refuse(response, gatewayResponse(417, 'Expectation Failed')),
  );
  server.on('connect', (_request, socket) => endWith(socket, BAD_REQUEST));
  return server;
}

/** Responds to data that is not HTTP, and ends the connection. Sends no response in the middle of another one. */
export function respondToClientError({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  const response = lastResponses.get(socket);
  const isResponding = response?.headersSent === true && !response.writableFinished;
  if (!socket.writable || isResponding) socket.destroy();
  else if (code === 'HPE_HEADER_OVERFLOW') endWith(socket, HEAD_TOO_LARGE);
  else if (code === 'ERR_HTTP_REQUEST_TIMEOUT') endWith(socket, gatewayResponse(408, 'Request Timeout'));
  else endWith(socket, BAD_REQUEST);
}

/** The body is not read, so the connection cannot be used again. */
function refuse(response: ServerResponse, { statusCode, headers, body }: HttpApiResponse): void {
  const contentLength = Buffer.byteLength(body);
  response.writeHead(statusCode, { ...headers, ...CLOSE_CONNECTION, 'content-length': contentLength });
  response.end(body);
}

function refusalOf(request: IncomingMessage): HttpApiResponse | undefined {
  const { method = '', url = '', httpVersion, headers, rawHeaders } = request;
  const requestLine = `${method} ${url} HTTP/${httpVersion}`;
  const values = rawHeaders.filter((_text, index) => index % 2 === 1);
  const bytes = [requestLine, ...values].reduce((sum, text) => sum + Buffer.byteLength(text, 'latin1'), 0);
  if (bytes > REQUEST_HEAD_BYTES_MAX) return HEAD_TOO_LARGE;
  // See https://www.rfc-editor.org/rfc/rfc9112#name-request-target, and section 3.2 for Host.
  const isHostMissing = httpVersion === '1.1' && headers.host === undefined;
  return isHostMissing || !isEscapedUtf8(url) ? BAD_REQUEST : undefined;
}

/** Whether a path and query are ASCII, and their escapes are complete and decode to UTF-8. See https://www.rfc-editor.org/rfc/rfc3986#section-2.1. */
function isEscapedUtf8(url: string): boolean {
  if (!/^[\x21-\x7e]*$/.test(url)) return false;
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

/** Writes a response directly to the connection and closes it. */
function endWith(socket: Duplex, { statusCode, headers, body }: HttpApiResponse): void {
  const all = { ...headers, ...CLOSE_CONNECTION, 'content-length': Buffer.byteLength(body) };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}\r\n${head.join('')}\r\n${body}`, () =>
    socket.destroy(),
  );
}
