import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const SERVER = fileURLToPath(new URL('server.ts', import.meta.url));
const START_MS = 20_000;

/** A server that keeps the two tables in memory. */
export interface ModelTable extends AsyncDisposable {
  readonly endpoint: string;
}

/**
 * Starts the simulation's model of the tables as a server in a process of its own, for what is not to be bound by DynamoDB Local,
 * which needs milliseconds for each item that it writes. test/integration/stream/honest-models.test.ts compares its responses with DynamoDB Local's.
 */
export async function startModelTable(tableName: string, operationsTableName: string): Promise<ModelTable> {
  const child = fork(SERVER, [tableName, operationsTableName]);
  const [endpoint] = await once(child, 'message', { signal: AbortSignal.timeout(START_MS) });
  return {
    endpoint: z.url().parse(endpoint),
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}
