import Fastify from 'fastify';
import * as z from 'zod';
import { InvalidValueError, parse, read } from '../../../contracts/reading.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';
import { BeginFault, type Chaos, FaultName, PartName } from '../chaos/chaos.ts';
import type { EventSourceMapping } from '../event-source-mapping/event-source-mapping.ts';
import { LOCAL_HOST } from '../machine/free-port.ts';

/** What the control server reports of each mapping, by logical id. */
export const MappingStatuses = z.record(
  z.string(),
  z.array(
    z.object({
      shardId: z.string(),
      state: z.enum(['reading', 'draining', 'finished']),
      checkpoint: z.string().optional(),
      recordsWaiting: z.int().nonnegative(),
      millisBehind: z.number().nonnegative(),
      invocationsInProgress: z.int().nonnegative(),
      retries: z.int().nonnegative(),
    }),
  ),
);
export type MappingStatuses = z.infer<typeof MappingStatuses>;

/** The path of the report. */
export const MAPPINGS_PATH = '/mappings';
/** The path of the faults: `GET` lists them, `POST` begins one, and `DELETE` ends the one that the last segment names. */
export const FAULTS_PATH = '/faults';
/** `POST` restarts a part. */
export const RESTARTS_PATH = '/restarts';

/** Why a request was refused, or failed. */
export const ControlProblem = z.object({ code: z.string(), message: z.string(), remedy: z.string() });
type ControlProblem = z.infer<typeof ControlProblem>;

const BAD_REQUEST = 400;
const FORBIDDEN = 403;
const CONFLICT = 409;
const SERVER_FAULT = 500;
/** An error of Fastify itself. */
const HttpError = z.object({ statusCode: z.int() });

/**
 * Serves what no service of the local system knows to other processes on this machine: the progress of the mappings, and faults to
 * practise with. A page of a browser cannot send its requests: each has a JSON body or the method DELETE. It checks the `Host` against DNS
 * rebinding, by which a page has the origin of this server.
 */
export async function startControlServer(
  mappings: ReadonlyMap<string, Pick<EventSourceMapping, 'status'>>,
  chaos: Pick<Chaos, 'list' | 'begin' | 'end' | 'restart'>,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const app = Fastify({ forceCloseConnections: true });
  app.setErrorHandler((error, _request, reply) => {
    void reply.code(statusOf(error)).send(problemOf(error));
  });
  app.addHook('onRequest', async ({ headers, socket }, reply) => {
    const hosts = [LOCAL_HOST, 'localhost'].map((name) => `${name}:${socket.localPort}`);
    if (!hosts.includes(headers.host ?? '')) return reply.code(FORBIDDEN).send();
  });
  app.get(MAPPINGS_PATH, async () =>
    Object.fromEntries([...mappings].map(([logicalId, mapping]) => [logicalId, mapping.status()])),
  );
  app.get(FAULTS_PATH, async () => chaos.list());
  app.post(FAULTS_PATH, async ({ body }) => chaos.begin(parse(BeginFault, body)));
  app.delete(`${FAULTS_PATH}/:fault`, async ({ params }) => {
    await chaos.end(parse(z.object({ fault: FaultName }), params).fault);
    return chaos.list();
  });
  app.post(RESTARTS_PATH, async ({ body }) => {
    const { part } = parse(z.strictObject({ part: PartName }), body);
    await chaos.restart(part);
    return { part };
  });
  const url = await app.listen({ host: LOCAL_HOST, port: 0 });
  return { url, stop: () => app.close() };
}

function statusOf(error: unknown): number {
  if (error instanceof OrderStreamError) return CONFLICT;
  if (error instanceof InvalidValueError) return BAD_REQUEST;
  return read(HttpError, error).data?.statusCode ?? SERVER_FAULT;
}

function problemOf(error: unknown): ControlProblem {
  if (error instanceof OrderStreamError || error instanceof InvalidValueError) {
    const { code, message, remedy } = error;
    return { code, message, remedy };
  }
  const { name: code, message } = error instanceof Error ? error : new Error(String(error));
  return {
    code,
    message: `${code}: ${message}`,
    remedy: 'Look into the terminal and the log of the local system, and try again.',
  };
}
