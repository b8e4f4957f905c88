import Fastify from 'fastify';
import * as z from 'zod';
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

/** Reports the progress of the mappings to other processes on this machine. No service of the local system knows it. */
export async function startControlServer(
  mappings: ReadonlyMap<string, Pick<EventSourceMapping, 'status'>>,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const app = Fastify({ forceCloseConnections: true });
  app.get(MAPPINGS_PATH, async () =>
    Object.fromEntries([...mappings].map(([logicalId, mapping]) => [logicalId, mapping.status()])),
  );
  const url = await app.listen({ host: LOCAL_HOST, port: 0 });
  return { url, stop: () => app.close() };
}
