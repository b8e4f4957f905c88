import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import type { Logger } from '@aws-lambda-powertools/logger';
import { ServiceException } from '@smithy/core/client';
import * as z from 'zod';
import { read } from '../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import type { OpenSearchClient } from '../../pipelines/search/open-search.ts';
import type { Trace } from '../../pipelines/stream/trace.ts';

type Middleware = <Input, Output>(
  next: (input: Input) => Promise<Output>,
  context: { readonly clientName?: string; readonly commandName?: string },
) => (input: Input) => Promise<Output>;

/** The AWS client members that the trace uses. */
interface AwsClient {
  readonly middlewareStack: {
    add(middleware: Middleware, options: { readonly step: 'initialize'; readonly name: string }): void;
  };
}

/** Records in the trace each command that the client sends, all attempts of the SDK as one. @returns the client. */
export function tracedAws<Client extends AwsClient>(client: Client, trace: Trace): Client {
  const middleware: Middleware =
    (next, { clientName = 'AWS', commandName = '' }) =>
    async (input) => {
      const end = trace.begin(clientName.replace(/Client$/, ''), {
        of: 'aws',
        operation: commandName.replace(/Command$/, ''),
      });
      try {
        const output = await next(input);
        end('ok');
        return output;
      } catch (error) {
        end(error instanceof ServiceException && error.$fault === 'client' ? 'error' : 'fault');
        throw error;
      }
    };
  client.middlewareStack.add(middleware, { step: 'initialize', name: 'trace' });
  return client;
}

/** An OpenSearch client that records each request in the trace. */
export function tracedOpenSearch({ transport }: OpenSearchClient, trace: Trace): OpenSearchClient {
  return {
    transport: {
      request: (request, limits) => {
        const end = trace.begin('OpenSearch', { of: 'remote', annotations: { path: request.path } });
        const responding = transport.request(request, limits);
        responding.then(
          () => end('ok'),
          () => end('fault'),
        );
        return responding;
      },
    },
  };
}

const DaemonAddress = z
  .string()
  .regex(/^[^:]+:\d+$/)
  .transform((address) => {
    const [host = '', port = ''] = address.split(':');
    return { host, port: Number(port) };
  });
/** The trace header of this invocation, where Lambda samples it. */
const SampledTrace = z
  .string()
  .transform((header) => Object.fromEntries(header.split(';').map((part) => part.split('='))))
  .pipe(z.object({ Root: z.string(), Parent: z.string(), Sampled: z.literal('1') }));

const HEADER = '{"format":"json","version":1}\n';
const SUBSEGMENT_ID_BYTES = 8;
const ENDS = { ok: {}, error: { error: true }, fault: { fault: true } } as const;

/**
 * The trace of a function's invocations, in X-Ray: a datagram to the daemon that Lambda runs beside the function, for each
 * piece of work of an invocation that is sampled. Without a daemon, as on a developer's machine, nothing is sent.
 * See https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon.
 */
export function xRay(
  logger: Pick<Logger, 'warn'>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Trace {
  const daemon = read(DaemonAddress, environment['AWS_XRAY_DAEMON_ADDRESS']).data;
  if (daemon === undefined) return { begin: () => () => undefined };
  let socket: Socket | undefined;
  const send = (subsegment: object): void => {
    socket ??= createSocket('udp4').unref();
    socket.send(HEADER + JSON.stringify(subsegment), daemon.port, daemon.host, (error) => {
      if (error !== null) logger.warn('A part of a trace was not sent', { reason: error.name });
    });
  };
  return {
    begin: (name, { of, operation, annotations } = {}) => {
      // Lambda sets it for each invocation.
      const trace = read(SampledTrace, environment['_X_AMZN_TRACE_ID']).data;
      if (trace === undefined) return () => undefined;
      const subsegment = {
        type: 'subsegment',
        name,
        id: randomBytes(SUBSEGMENT_ID_BYTES).toString('hex'),
        trace_id: trace.Root,
        parent_id: trace.Parent,
        start_time: Date.now() / MS_PER_SECOND,
        ...(of === undefined ? {} : { namespace: of }),
        ...(operation === undefined ? {} : { aws: { operation } }),
        ...(annotations === undefined ? {} : { annotations }),
      };
      return (end) => send({ ...subsegment, end_time: Date.now() / MS_PER_SECOND, ...ENDS[end] });
    },
  };
}
