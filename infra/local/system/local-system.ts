import { rm } from 'node:fs/promises';
import { PublishCommand } from '@aws-sdk/client-sns';
import type { Scope } from '../../../contracts/api/scopes.ts';
import type { MailFeedback } from '../../../contracts/order-mails/mail-feedback.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { withRetry } from '../../../pipelines/aws/retry.ts';
import { installIndices, withSearchShards } from '../../../pipelines/search/admin/install-indices.ts';
import { startAwsApis } from '../aws-apis/aws-apis.ts';
import { MetricStore } from '../aws-apis/metric-store.ts';
import type { EventSourceMapping } from '../event-source-mapping/event-source-mapping.ts';
import { type GatewayRoute, startGateway } from '../gateway/gateway.ts';
import { jwtAuthorizer } from '../gateway/jwt-authorizer.ts';
import { LOCAL_ISSUER, localIssuerKey, signToken } from '../issuer/local-issuer.ts';
import type { SecretValues, ServiceEndpoints } from '../lambda/function-environment.ts';
import type { LocalFunction } from '../lambda/local-function.ts';
import { LOCAL_HOST } from '../machine/free-port.ts';
import { LocalPartError } from '../machine/local-part.ts';
import { LOCAL_AUDIENCE, LOCAL_MAIL_FROM } from '../machine/region.ts';
import { makeScratchFolder } from '../machine/scratch-folder.ts';
import { MailFolder } from '../mail/mail-folder.ts';
import { startMailServer } from '../mail/mail-server.ts';
import { type LocalPlan, localPlan } from '../plan/local-plan.ts';
import type { QueueMapping } from '../queue-mapping/queue-mapping.ts';
import { parameterValues } from '../template/parameters.ts';
import { readTemplate } from '../template/template.ts';
import { TemplateError } from '../template/template-error.ts';
import { createdSubscriptions, createMessaging } from './create-messaging.ts';
import { createTables, type StreamArns } from './create-tables.ts';
import { lockData } from './data-lock.ts';
import { untilDrained } from './drained.ts';
import { destroyClients, type LocalClients, localClients } from './local-clients.ts';
import { secretValues } from './secret-values.ts';
import { systemFunctions } from './system-functions.ts';
import type { SystemLog } from './system-log.ts';
import { systemMappings } from './system-mappings.ts';
import {
  choosePorts,
  partFolders,
  type SystemParts,
  type SystemPorts,
  serviceEndpoints,
  systemParts,
} from './system-parts.ts';
import { systemQueueMappings } from './system-queue-mappings.ts';
import { systemSchedules } from './system-schedules.ts';
import { systemTopicEndpoints } from './system-topic-endpoints.ts';

export type { SystemLog, SystemPorts };

const START_POLICY = { attemptsMax: 2, delayMsBase: 100, delayMsMax: 100, budgetMs: 120_000 };
const RESPONSE_SLACK_MS = 1_000;
const TOKEN_LIFE_SECONDS = 12 * 60 * 60;

/** Options for the start of the local system. */
export interface LocalSystemOptions {
  /** Values for the template's parameters. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** The folder that keeps all data. Without it, the system starts empty. */
  readonly dataDir?: string | undefined;
  readonly ports?: SystemPorts;
  /** The endpoints through which the functions reach the parts, if not directly: a test inserts a proxy. */
  readonly functionEndpoints?: (direct: ServiceEndpoints) => ServiceEndpoints | Promise<ServiceEndpoints>;
  /** Receives the output of parts, functions and mappings. */
  readonly log?: SystemLog;
  /** Cancels the start when it aborts. A system that has started ends with `stop`. */
  readonly signal?: AbortSignal | undefined;
}

/** The system of infra/template.yaml, running on this machine. */
export interface LocalSystem {
  readonly apiUrl: string;
  /** A token for the API with the scopes, `shop` unless given, valid for 12 hours. The API refuses it if a parameter sets another issuer than the local one. */
  token(sub: string, ...scopes: readonly Scope[]): Promise<string>;
  readonly endpoints: ServiceEndpoints;
  readonly clients: LocalClients;
  readonly plan: LocalPlan;
  /** What `!Ref` returns for each table (name), queue (URL), topic and secret (ARN), bucket (name) and function (name), by logical id. */
  readonly names: Readonly<Record<string, string>>;
  /** The values of the template's secrets, by ARN. */
  readonly secrets: SecretValues;
  readonly streamArns: StreamArns;
  /** The event source mappings on streams, by logical id. */
  readonly mappings: ReadonlyMap<string, EventSourceMapping>;
  /** What the functions and the mappings publish to CloudWatch. */
  readonly metrics: MetricStore;
  /** The event source mappings on queues, by logical id. */
  readonly queueMappings: ReadonlyMap<string, QueueMapping>;
  /** The servers of the system, which a test can kill, pause and restart. */
  readonly parts: SystemParts;
  /** The functions by logical id, to invoke one as a schedule or an operator does. */
  readonly functions: ReadonlyMap<string, LocalFunction>;
  /** Ends a function's workers, also during an invocation. @throws TemplateError for an unknown function. */
  restartFunction(logicalId: string): Promise<void>;
  /** Creates what is missing of the template's queues, topics, subscriptions and buckets, as the start does. */
  restoreMessaging(): Promise<void>;
  /** The sent mails, each a file. */
  readonly mails: MailFolder;
  /** Waits until each mapping has processed its stream or queue, and each endpoint of the topic its messages. @throws NotDrainedError */
  drained(timeoutMs: number): Promise<void>;
  /** Ends everything, in order; calling it again is harmless. */
  stop(): Promise<void>;
}

/**
 * Starts everything that infra/template.yaml names: the parts in parallel, then the resources in them, then the functions, the
 * mappings and the gateway. If something fails, it stops what it has started. It chooses free ports long before they are bound. If
 * another process has taken one of them by then, it starts once more with other ports.
 *
 * @throws LocalPartError if a part cannot start; TemplateError if the template or a parameter is invalid; the reason of `signal`
 * if that aborts.
 */
export function startLocalSystem(options: LocalSystemOptions = {}): Promise<LocalSystem> {
  return withRetry(() => startOnce(options), {
    policy: START_POLICY,
    isRetryable: isPortTaken,
    signal: options.signal,
  });
}

async function startOnce(options: LocalSystemOptions): Promise<LocalSystem> {
  await using started = new AsyncDisposableStack();
  const system = await start(options, started);
  const owned = started.move();
  return { ...system, stop: () => owned.disposeAsync() };
}

async function start(
  {
    parameters = {},
    dataDir,
    ports: wantedPorts = {},
    functionEndpoints = (direct) => direct,
    log = () => undefined,
    signal,
  }: LocalSystemOptions,
  started: AsyncDisposableStack,
): Promise<Omit<LocalSystem, 'stop'>> {
  // Invalid options fail first, before anything is created.
  const ports = await choosePorts(wantedPorts);
  if (dataDir !== undefined) started.defer(lockData(dataDir));
  const folders = partFolders(dataDir ?? scratchFolder(started), dataDir !== undefined);
  const mails = await MailFolder.open(folders.mails);
  let reportFeedback: (feedback: MailFeedback) => Promise<void> = async () => undefined;
  const mailServer = await startMailServer(mails, (feedback) => reportFeedback(feedback));
  started.defer(() => mailServer.stop());
  const metrics = new MetricStore();
  let mappings: LocalSystem['mappings'] = new Map();
  const awsApis = await startAwsApis({ metrics, mappings: () => mappings });
  started.defer(() => awsApis.stop());
  const endpoints = { ...serviceEndpoints(ports), mail: mailServer.url, awsApis: awsApis.url };
  const reached = await functionEndpoints(endpoints);
  const template = readTemplate();
  const given = { ...localParameters(reached, ports.gateway), ...parameters };
  // A queue's URL names its endpoint, which the SDK sends to.
  const { functions: definitions } = localPlan(template, given, reached.messaging);
  const plan = { ...localPlan(template, given, endpoints.messaging), functions: definitions };
  const shards = Number(parameterValues(template, given).get('SearchShards'));

  const secrets = secretValues(plan.secrets, dataDir);

  const clients = localClients(endpoints);
  started.defer(() => destroyClients(clients));
  const feedbackTopic = plan.topics.find(({ logicalId }) => logicalId === 'MailFeedbackTopic');
  if (feedbackTopic !== undefined)
    reportFeedback = async (feedback) => {
      const Message = JSON.stringify(feedback);
      await clients.sns.send(new PublishCommand({ TopicArn: feedbackTopic.arn, Message }));
    };
  const notifications = plan.buckets.flatMap((bucket) => bucket.notifications);
  const parts = systemParts({ ports, folders, notifications, log, signal });
  for (const part of Object.values(parts)) started.defer(() => part.stop());
  const [streamArns, functions] = await allStarted(
    startParts({ parts, clients, plan, shards, dataDir, log, signal }),
    systemFunctions(plan, reached, secrets, metrics, log),
  );
  for (const one of functions.values()) started.defer(() => one.stop());
  signal?.throwIfAborted();

  const onStreams = systemMappings({ plan, clients, functions, streamArns, metrics, dataDir, log });
  mappings = onStreams.mappings;
  for (const one of [...onStreams.timesToLive, ...mappings.values()]) {
    started.defer(() => one.stop());
    await one.start();
  }
  const queueMappings = systemQueueMappings({ plan, clients, functions, log });
  const topicEndpoints = systemTopicEndpoints({ plan, clients, mails, log });
  const queueReaders = new Map([...queueMappings, ...topicEndpoints]);
  started.defer(() => stopAll(queueReaders.values()));
  for (const one of queueReaders.values()) one.start();
  const schedules = systemSchedules(plan, functions, log);
  started.defer(() => stopAll(schedules));
  for (const one of schedules) one.start();
  const issuerKey = await localIssuerKey();
  const authorizer = plan.httpApis[0]?.authorizer;
  const gateway = await startGateway(gatewayRoutes(plan, functions), {
    port: ports.gateway,
    stopTimeoutMs: longestRequestMs(plan),
    authorize: authorizer && jwtAuthorizer(authorizer, issuerKey),
  });
  started.defer(() => gateway.stop());
  signal?.throwIfAborted();
  return {
    apiUrl: gateway.url,
    token: (sub, ...scopes) =>
      signToken(issuerKey, {
        sub,
        scopes: scopes.length === 0 ? ['shop'] : scopes,
        audience: authorizer?.audiences[0] ?? LOCAL_AUDIENCE,
        lifeSeconds: TOKEN_LIFE_SECONDS,
      }),
    endpoints,
    clients,
    plan,
    names: namesOf(plan),
    secrets,
    streamArns,
    mappings,
    metrics,
    queueMappings,
    parts,
    functions,
    restartFunction: (logicalId) => functionOf(functions, logicalId).restart(),
    restoreMessaging: () => createMessaging(clients, plan, createdSubscriptions(dataDir)),
    mails,
    drained: (timeoutMs) => untilDrained({ mappings, queueMappings: queueReaders }, timeoutMs),
  };
}

const isPortTaken = (error: unknown): boolean =>
  error instanceof LocalPartError && error.code === 'port-taken';

/** A folder that is deleted with the system. */
function scratchFolder(started: AsyncDisposableStack): string {
  const folder = makeScratchFolder();
  started.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The search domain of the template is a node on this machine, which accepts unsigned requests. The local issuer signs tokens. */
const localParameters = ({ openSearch }: ServiceEndpoints, gatewayPort: number): Record<string, string> => ({
  MailFrom: LOCAL_MAIL_FROM,
  OpenSearchEndpoint: openSearch,
  OpenSearchAuth: 'none',
  SchemaBaseUrl: `http://${LOCAL_HOST}:${gatewayPort}`,
  JwtIssuer: LOCAL_ISSUER,
  JwtAudience: LOCAL_AUDIENCE,
});

interface StartPartsOptions extends Pick<LocalSystemOptions, 'dataDir' | 'signal'> {
  readonly parts: SystemParts;
  readonly clients: LocalClients;
  readonly plan: LocalPlan;
  /** The primary shards of the search indices. */
  readonly shards: number;
  readonly log: SystemLog;
}

/** Starts the parts and creates the resources in them. @returns the streams' ARNs. */
async function startParts({
  parts,
  clients,
  plan,
  shards,
  dataDir,
  log,
  signal,
}: StartPartsOptions): Promise<StreamArns> {
  const started = async (name: keyof SystemParts): Promise<void> => {
    log(name, 'Starting');
    await parts[name].start();
    log(name, 'Started');
    signal?.throwIfAborted();
  };
  const [streamArns] = await allStarted(
    started('dynamoDb').then(() => createTables(clients.dynamoDb, plan.tables)),
    started('messaging').then(() => createMessaging(clients, plan, createdSubscriptions(dataDir))),
    started('openSearch').then(() =>
      installIndices(clients.openSearch, withSearchShards(indexDefinitions, shards)),
    ),
  );
  return streamArns;
}

/** All results, or the first error after all promises have settled, so that a clean-up meets nothing that is still starting. */
async function allStarted<Starting extends readonly Promise<unknown>[]>(
  ...starting: Starting
): Promise<{ -readonly [Index in keyof Starting]: Awaited<Starting[Index]> }> {
  await Promise.allSettled(starting);
  return Promise.all(starting);
}

/** In parallel, because each waits for its last read. */
async function stopAll(running: Iterable<{ stop(): Promise<void> }>): Promise<void> {
  await Promise.all(Array.from(running, (one) => one.stop()));
}

const gatewayRoutes = (
  plan: LocalPlan,
  functions: ReadonlyMap<string, LocalFunction>,
): readonly GatewayRoute[] =>
  plan.functions.flatMap(({ logicalId, routes }) => {
    const target = functionOf(functions, logicalId);
    return routes.map((route) => ({
      ...route,
      scopes: route.scopes ?? plan.httpApis[0]?.defaultScopes ?? [],
      invoke: (event: unknown, givenUp: AbortSignal) => target.invoke(event, givenUp),
    }));
  });

/** How long a request to the plan's API may take. */
function longestRequestMs({ functions }: LocalPlan): number {
  const seconds = functions
    .filter(({ routes }) => routes.length > 0)
    .map(({ timeoutSeconds }) => timeoutSeconds);
  return Math.max(...seconds, 0) * MS_PER_SECOND + RESPONSE_SLACK_MS;
}

function functionOf(functions: ReadonlyMap<string, LocalFunction>, logicalId: string): LocalFunction {
  const found = functions.get(logicalId);
  if (found === undefined) throw new TemplateError(`The template has no function ${logicalId}`);
  return found;
}

const namesOf = (plan: LocalPlan): Record<string, string> =>
  Object.fromEntries([
    ...[...plan.tables, ...plan.buckets, ...plan.functions].map(({ logicalId, name }) => [logicalId, name]),
    ...plan.queues.map(({ logicalId, url }) => [logicalId, url]),
    ...[...plan.topics, ...plan.secrets].map(({ logicalId, arn }) => [logicalId, arn]),
  ]);
