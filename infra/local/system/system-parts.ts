import { join } from 'node:path';
import type { ServiceEndpoints } from '../lambda/function-environment.ts';
import { startDynamoDb } from '../parts/dynamodb.ts';
import { freePort, LOCAL_HOST, requireFreePort } from '../parts/free-port.ts';
import { startMessaging } from '../parts/messaging.ts';
import { otherOpenSearch, startOpenSearch } from '../parts/opensearch.ts';
import { RestartablePart, type StartPart } from '../parts/restartable-part.ts';
import { SYSTEM_SOURCE, type SystemLog } from './system-log.ts';

/** The ports to use; any free one where none is given. */
export interface SystemPorts {
  readonly gateway?: number | undefined;
  readonly dynamoDb?: number | undefined;
  readonly messaging?: number | undefined;
  readonly openSearch?: number | undefined;
}

/** The servers that stand in for managed services. */
export interface SystemParts {
  readonly dynamoDb: RestartablePart;
  readonly messaging: RestartablePart;
  readonly openSearch: RestartablePart;
}

/** Where the parts keep their data. DynamoDB Local is four times as fast in memory, which `undefined` means. */
export interface PartFolders {
  readonly dynamoDb: string | undefined;
  readonly messaging: string;
  readonly openSearch: string;
}

/** The folders of a system that keeps its data in `dataDir`, or else what must be on disk in `scratchDir`. */
export const partFolders = (dataDir: string | undefined, scratchDir: string): PartFolders => ({
  dynamoDb: dataDir === undefined ? undefined : join(dataDir, 'dynamodb'),
  messaging: join(dataDir ?? scratchDir, 'messaging'),
  openSearch: join(dataDir ?? scratchDir, 'opensearch'),
});

/** The ports of all parts. */
export type ChosenPorts = { readonly [Name in keyof SystemPorts]-?: number };

/**
 * Settles the ports before any part is started: functions and queues are told of them.
 *
 * @throws LocalPartError `port-taken` for the gateway's, which would else be found out last.
 */
export async function choosePorts(ports: SystemPorts): Promise<ChosenPorts> {
  await requireFreePort(ports.gateway ?? 0, 'The HTTP API');
  return {
    gateway: ports.gateway ?? 0,
    dynamoDb: ports.dynamoDb ?? (await freePort()),
    messaging: ports.messaging ?? (await freePort()),
    openSearch: ports.openSearch ?? (await freePort()),
  };
}

/** Where the parts will answer. OPENSEARCH_URL names a cluster that takes OpenSearch's place. */
export function serviceEndpoints(ports: ChosenPorts): ServiceEndpoints {
  const at = (port: number): string => `http://${LOCAL_HOST}:${port}`;
  return {
    dynamoDb: at(ports.dynamoDb),
    messaging: at(ports.messaging),
    openSearch: otherOpenSearch() ?? at(ports.openSearch),
  };
}

/** Makes the parts; none is started yet. */
export function systemParts(ports: ChosenPorts, folders: PartFolders, log: SystemLog): SystemParts {
  const part = (name: keyof PartFolders, start: StartPart): RestartablePart =>
    new RestartablePart({
      start,
      options: { port: ports[name], dataDir: folders[name], log: (line) => log(name, line) },
      onCrash: ({ name: title }) =>
        log(SYSTEM_SOURCE, `${title} has ended by itself; its last words are in the log`),
    });
  return {
    dynamoDb: part('dynamoDb', startDynamoDb),
    messaging: part('messaging', startMessaging),
    openSearch: part('openSearch', startOpenSearch),
  };
}
