import { systemClock } from '../../../pipelines/clock.ts';
import { ActivityLog } from '../../../pipelines/operations/activity.ts';
import { Chaos } from '../chaos/chaos.ts';
import { startLocalConsole } from '../console/local-console.ts';
import type { LocalSystem } from '../system/local-system.ts';
import { startControlServer } from './control-server.ts';
import { announceRunning } from './running-system.ts';

/** The operators' access to a local system. */
export interface OpenToOperators {
  readonly consoleUrl: string;
  stop(): Promise<void>;
}

/** How a local system is opened to operators. */
export interface OpenToOperatorsOptions {
  readonly consolePort?: number | undefined;
  /** Reports what happens to a fault that an operator began. */
  readonly log?: (line: string) => void;
}

/** Serves the console of a running system, and lets `npm run ops` find it. Its end ends every fault that an operator has begun. */
export async function openToOperators(
  system: LocalSystem,
  { consolePort, log = () => undefined }: OpenToOperatorsOptions = {},
): Promise<OpenToOperators> {
  await using started = new AsyncDisposableStack();
  const { apiUrl, endpoints, names, clients } = system;
  const activity = new ActivityLog({
    dynamoDb: clients.dynamoDb,
    operationsTableName: names['OperationsTable'] ?? '',
    clock: systemClock,
    // DynamoDB Local may have ended too.
    onLostEnd: (_entry, error) =>
      log(`The activity log misses an end: ${error instanceof Error ? error.message : 'unknown'}`),
  });
  const chaos = new Chaos({ target: system, activity, clock: systemClock, log });
  started.defer(() => chaos.stop());
  const control = await startControlServer(system.mappings, chaos);
  started.defer(() => control.stop());
  const console = await startLocalConsole(system, consolePort);
  started.defer(() => console.stop());
  started.defer(
    announceRunning({
      apiUrl,
      controlUrl: control.url,
      endpoints,
      names: { ...names },
      orderEventsEnvironment: orderEventsEnvironment(system),
      emailHashKey: system.secrets.get(names['EmailHashKey'] ?? '') ?? '',
    }),
  );
  const owned = started.move();
  return { consoleUrl: console.url, stop: () => owned.disposeAsync() };
}

function orderEventsEnvironment({ plan }: LocalSystem): Readonly<Record<string, string>> {
  const consumer = plan.functions.find(({ logicalId }) => logicalId === 'OrderEventsFunction');
  return { ...consumer?.environment };
}
