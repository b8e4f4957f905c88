import { join } from 'node:path';
import type { ServiceEndpoints } from '../lambda/function-environment.ts';
import { holdPort, LOCAL_HOST } from '../machine/free-port.ts';
import { LocalPartError } from '../machine/local-part.ts';
import type { BucketNotification } from '../object-notifications/bucket-notifications.ts';
import { startDynamoDb } from '../parts/dynamodb.ts';
import { startMessaging } from '../parts/messaging.ts';
import { otherOpenSearch, startOpenSearch } from '../parts/opensearch.ts';
import { RestartablePart, type StartPart } from '../parts/restartable-part.ts';
import { SYSTEM_SOURCE, type SystemLog } from './system-log.ts';

/** The ports to use. The default of each is a free port. */
export interface SystemPorts {
  readonly gateway?: number | undefined;
  readonly dynamoDb?: number | undefined;
  readonly messaging?: number | undefined;
  readonly openSearch?: number | undefined;
  /** The port of the console, which is served after the system has started. */
  readonly console?: number | undefined;
}

/** The servers that replace managed services. */
export interface SystemParts {
  readonly dynamoDb: RestartablePart;
  readonly messaging: RestartablePart;
  readonly openSearch: RestartablePart;
}

/** Where the parts keep their data. `undefined` means in memory, where DynamoDB Local is faster. */
export interface PartFolders {
  readonly dynamoDb: string | undefined;
  readonly messaging: string;
  readonly openSearch: string;
  /** The folder of the sent mails. */
  readonly mails: string;
}

/** The parts' folders, in a folder that is kept, or in a temporary one for data that must be on disk. */
export const partFolders = (folder: string, isKept: boolean): PartFolders => ({
  dynamoDb: isKept ? join(folder, 'dynamodb') : undefined,
  messaging: join(folder, 'messaging'),
  openSearch: join(folder, 'opensearch'),
  mails: join(folder, 'mails'),
});

/** The ports of all parts. */
export type ChosenPorts = { readonly [Name in keyof SystemPorts]-?: number };

/** The owner of each port, in messages. */
const PORT_OWNERS: readonly (readonly [name: keyof SystemPorts, owner: string])[] = [
  ['gateway', 'The HTTP API'],
  ['console', 'The console'],
  ['dynamoDb', 'DynamoDB Local'],
  ['messaging', 'SNS, SQS and S3'],
  ['openSearch', 'OpenSearch'],
];

/**
 * Chooses the ports before any part starts: functions and queues need them.
 *
 * @throws LocalPartError `port-asked-twice`, or `port-taken` for a requested port.
 */
export async function choosePorts(ports: SystemPorts): Promise<ChosenPorts> {
  requireDistinct(ports);
  await using held = new AsyncDisposableStack();
  const hold = async (wanted: number, owner: string): Promise<number> => {
    const { port, release } = await holdPort(wanted, owner);
    held.defer(release);
    return port;
  };
  // Requested ports first, so that none of them is chosen for another part.
  for (const [name, owner] of PORT_OWNERS) {
    const port = ports[name] ?? 0;
    if (port !== 0) await hold(port, owner);
  }
  const orFree = async (port = 0): Promise<number> => port || hold(0, 'A part');
  return {
    gateway: await orFree(ports.gateway),
    console: ports.console ?? 0,
    dynamoDb: await orFree(ports.dynamoDb),
    messaging: await orFree(ports.messaging),
    openSearch: await orFree(ports.openSearch),
  };
}

function requireDistinct(ports: SystemPorts): void {
  const owners = new Map<number, string>();
  for (const [name, owner] of PORT_OWNERS) {
    const port = ports[name] ?? 0;
    const other = owners.get(port);
    if (port !== 0 && other !== undefined) {
      throw new LocalPartError(
        'port-asked-twice',
        `Port ${port} was requested twice: for "${other}" and for "${owner}"`,
        'Choose another port for one of them.',
      );
    }
    owners.set(port, owner);
  }
}

/** The endpoints of the parts. OPENSEARCH_URL names a cluster that replaces the local OpenSearch. */
export function serviceEndpoints(ports: ChosenPorts): Omit<ServiceEndpoints, 'mail' | 'awsApis'> {
  const at = (port: number): string => `http://${LOCAL_HOST}:${port}`;
  return {
    dynamoDb: at(ports.dynamoDb),
    messaging: at(ports.messaging),
    openSearch: otherOpenSearch() ?? at(ports.openSearch),
    api: at(ports.gateway),
  };
}

/** The dependencies of the parts. */
export interface SystemPartsOptions {
  readonly ports: ChosenPorts;
  readonly folders: PartFolders;
  /** Which queues are notified of new objects. */
  readonly notifications: readonly BucketNotification[];
  readonly log: SystemLog;
  /** Cancels a start in progress. */
  readonly signal?: AbortSignal | undefined;
}

/** Creates the parts and starts none. */
export function systemParts({ ports, folders, notifications, log, signal }: SystemPartsOptions): SystemParts {
  const part = (name: keyof SystemParts, start: StartPart): RestartablePart => {
    const remedy =
      folders[name] === undefined
        ? 'Its data is lost: stop the system and start it again'
        : `Restart it with npm run -s ops -- restart ${name.toLowerCase()}`;
    return new RestartablePart({
      start,
      options: { port: ports[name], dataDir: folders[name], log: (line) => log(name, line), signal },
      onCrash: ({ name: title }) =>
        log(SYSTEM_SOURCE, `${title} ended unexpectedly; the log has its last output. ${remedy}`),
    });
  };
  return {
    dynamoDb: part('dynamoDb', startDynamoDb),
    messaging: part('messaging', (options) => startMessaging({ ...options, notifications })),
    openSearch: part('openSearch', startOpenSearch),
  };
}
