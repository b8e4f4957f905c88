import { once } from 'node:events';
import {
  createServer,
  request as forward,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { LOCAL_HOST } from '../../infra/local/machine/free-port.ts';

/** A response in JSON. */
export interface SinkResponse {
  readonly status: number;
  readonly body: unknown;
}

/** A request on its way to the sink, and the way on with another body. */
export interface SinkRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  body(): Promise<string>;
  pass(body: string): Promise<SinkResponse>;
}

/** What is done to a request instead of passing it on: a response, `pass` for those that are spared, `hang` for none at all. */
export type Disturbance = (request: SinkRequest) => Promise<SinkResponse | 'pass' | 'hang'>;

const spare: Disturbance = async () => 'pass';

/** An HTTP proxy before a sink, on a free port of 127.0.0.1: passes all on unchanged, until it is made to disturb. */
export class SinkProxy {
  readonly #target: string;
  readonly #server: Server;
  #disturbance = spare;
  #disturbed = 0;

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((request, response) => {
      // A side that closes ends the other too.
      this.#handle(request, response).catch(() => response.destroy());
    });
  }

  static async start(target: string): Promise<SinkProxy> {
    const proxy = new SinkProxy(target);
    proxy.#server.listen(0, LOCAL_HOST);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    const { port } = z.object({ port: z.number() }).parse(this.#server.address());
    return `http://${LOCAL_HOST}:${port}`;
  }

  /** How many requests were not passed on as they were. */
  get disturbed(): number {
    return this.#disturbed;
  }

  disturb(disturbance: Disturbance): void {
    this.#disturbance = disturbance;
  }

  /** Passes all on from now; what hangs stays without a response. */
  repairAll(): void {
    this.#disturbance = spare;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#disturbance === spare) return this.#passOn(request, response, request);
    const body = await buffer(request);
    const reply = await this.#disturbance(this.#sinkRequest(request, body));
    if (reply === 'pass') return this.#passOn(request, response, [body]);
    this.#disturbed += 1;
    if (reply === 'hang') return;
    response.writeHead(reply.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(reply.body));
  }

  async #passOn(
    request: IncomingMessage,
    response: ServerResponse,
    body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<void> {
    const { method, url = '/', headers } = request;
    const onward = forward(new URL(url, this.#target), { method, headers });
    const replied = once(onward, 'response');
    const [[reply]] = await Promise.all([replied, pipeline(body, onward)]);
    response.writeHead(reply.statusCode, reply.headers);
    await pipeline(reply, response);
  }

  #sinkRequest({ method = 'GET', url = '/', headers }: IncomingMessage, body: Buffer): SinkRequest {
    return {
      method,
      path: url,
      headers,
      body: async () => body.toString(),
      pass: async (other) => {
        const contentType = headers['content-type'];
        const reply = await fetch(new URL(url, this.#target), {
          method,
          body: other,
          ...(contentType === undefined ? {} : { headers: { 'content-type': contentType } }),
        });
        return { status: reply.status, body: await reply.json() };
      },
    };
  }
}
