import { join } from 'node:path';
import type { ServiceEndpoints } from '../lambda/function-environment.ts';
import type { BucketNotification } from '../object-notifications/bucket-notifications.ts';
import { startDynamoDb } from '../parts/dynamodb.ts';
import { holdFreePort, LOCAL_HOST, requireFreePort } from '../parts/free-port.ts';
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

/**
 * Settles the ports before any part is started: functions and queues are told of them.
 *
 * @throws LocalPartError `port-taken` for one that was asked for, before anything is started for nothing.
 */
export async function choosePorts(ports: SystemPorts): Promise<ChosenPorts> {
  await requireFreePort(ports.gateway ?? 0, 'The HTTP API');
  await requireFreePort(ports.dynamoDb ?? 0, 'DynamoDB Local');
  await requireFreePort(ports.messaging ?? 0, 'SNS, SQS and S3');
  await requireFreePort(ports.openSearch ?? 0, 'OpenSearch');
  const held = await Promise.all([holdFreePort(), holdFreePort(), holdFreePort()]);
  await Promise.all(held.map(({ release }) => release()));
  const [dynamoDb, messaging, openSearch] = held;
  return {
    gateway: ports.gateway ?? 0,
    dynamoDb: ports.dynamoDb ?? dynamoDb.port,
    messaging: ports.messaging ?? messaging.port,
    openSearch: ports.openSearch ?? openSearch.port,
  };
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
}

/** Makes the parts; none is started yet. */
export function systemParts({ ports, folders, notifications, log }: SystemPartsOptions): SystemParts {
  const part = (name: keyof SystemParts, start: StartPart): RestartablePart =>
    new RestartablePart({
      start,
      options: { port: ports[name], dataDir: folders[name], log: (line) => log(name, line) },
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
