import { join } from 'node:path';
import type { ServiceEndpoints } from '../lambda/function-environment.ts';
import type { BucketNotification } from '../object-notifications/bucket-notifications.ts';
import { startDynamoDb } from '../parts/dynamodb.ts';
import { holdPort, LOCAL_HOST } from '../parts/free-port.ts';
import { LocalPartError } from '../parts/local-part.ts';
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
  /** Where the console will be served once the system is up. */
  readonly console?: number | undefined;
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
  /** Of the mails that were sent. */
  readonly mails: string;
}

/** The parts' folders in one that is kept, or else in one for what must be on disk though it is not kept. */
export const partFolders = (folder: string, isKept: boolean): PartFolders => ({
  dynamoDb: isKept ? join(folder, 'dynamodb') : undefined,
  messaging: join(folder, 'messaging'),
  openSearch: join(folder, 'opensearch'),
  mails: join(folder, 'mails'),
});

/** The ports of all parts. */
export type ChosenPorts = { readonly [Name in keyof SystemPorts]-?: number };

/** Whose ports they are, as a person would call it. */
const PORT_OWNERS: readonly (readonly [name: keyof SystemPorts, owner: string])[] = [
  ['gateway', 'The HTTP API'],
  ['console', 'The console'],
  ['dynamoDb', 'DynamoDB Local'],
  ['messaging', 'SNS, SQS and S3'],
  ['openSearch', 'OpenSearch'],
];

/**
 * Settles the ports before any part is started: functions and queues are told of them.
 *
 * @throws LocalPartError `port-asked-twice`, or `port-taken` for one that was asked for.
 */
export async function choosePorts(ports: SystemPorts): Promise<ChosenPorts> {
  requireDistinct(ports);
  await using held = new AsyncDisposableStack();
  const hold = async (wanted: number, owner: string): Promise<number> => {
    const { port, release } = await holdPort(wanted, owner);
    held.defer(release);
    return port;
  };
  // Those that were asked for first, so that none of them is chosen for another part.
  for (const [name, owner] of PORT_OWNERS) {
    const port = ports[name] ?? 0;
    if (port !== 0) await hold(port, owner);
  }
  const orFree = async (port = 0): Promise<number> => port || hold(0, 'A part');
  return {
    gateway: ports.gateway ?? 0,
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
        `Port ${port} was asked for twice: for "${other}" and for "${owner}"`,
        'Ask for another port for one of them.',
      );
    }
    owners.set(port, owner);
  }
}

/** Where the parts will answer. OPENSEARCH_URL names a cluster that takes OpenSearch's place. */
export function serviceEndpoints(ports: ChosenPorts): Omit<ServiceEndpoints, 'mail'> {
  const at = (port: number): string => `http://${LOCAL_HOST}:${port}`;
  return {
    dynamoDb: at(ports.dynamoDb),
    messaging: at(ports.messaging),
    openSearch: otherOpenSearch() ?? at(ports.openSearch),
  };
}

/** What the parts are made of. */
export interface SystemPartsOptions {
  readonly ports: ChosenPorts;
  readonly folders: PartFolders;
  /** Which queues hear of new objects. */
  readonly notifications: readonly BucketNotification[];
  readonly log: SystemLog;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal | undefined;
}

/** Makes the parts; none is started yet. */
export function systemParts({ ports, folders, notifications, log, signal }: SystemPartsOptions): SystemParts {
  const part = (name: keyof SystemParts, start: StartPart): RestartablePart =>
    new RestartablePart({
      start,
      options: { port: ports[name], dataDir: folders[name], log: (line) => log(name, line), signal },
      onCrash: ({ name: title }) =>
        log(
          SYSTEM_SOURCE,
          `${title} has ended by itself; its last words are in the log. Nothing starts it again: end the system and start it anew`,
        ),
    });
  return {
    dynamoDb: part('dynamoDb', startDynamoDb),
    messaging: part('messaging', (options) => startMessaging({ ...options, notifications })),
    openSearch: part('openSearch', startOpenSearch),
  };
}
