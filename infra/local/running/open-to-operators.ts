import { startLocalConsole } from '../console/local-console.ts';
import type { LocalSystem } from '../system/local-system.ts';
import { startControlServer } from './control-server.ts';
import { announceRunning } from './running-system.ts';

/** The operators' access to a local system. */
export interface OpenToOperators {
  readonly consoleUrl: string;
  stop(): Promise<void>;
}

/** Serves the console of a running system and lets `npm run ops` find it. */
export async function openToOperators(system: LocalSystem, consolePort?: number): Promise<OpenToOperators> {
  await using started = new AsyncDisposableStack();
  const control = await startControlServer(system.mappings);
  started.defer(() => control.stop());
  const console = await startLocalConsole(system, consolePort);
  started.defer(() => console.stop());
  const { apiUrl, endpoints, names } = system;
  started.defer(
    announceRunning({
      apiUrl,
      controlUrl: control.url,
      endpoints,
      names: { ...names },
      orderEventsEnvironment: orderEventsEnvironment(system),
    }),
  );
  const owned = started.move();
  return { consoleUrl: console.url, stop: () => owned.disposeAsync() };
}

function orderEventsEnvironment({ plan }: LocalSystem): Readonly<Record<string, string>> {
  const consumer = plan.functions.find(({ logicalId }) => logicalId === 'OrderEventsFunction');
  return { ...consumer?.environment };
}
