import { join } from 'node:path';
import type { DynamoDBRecord } from 'aws-lambda';
import { noteIteratorAge, notePolledEvent } from '../aws-apis/lambda-metrics.ts';
import type { MetricStore } from '../aws-apis/metric-store.ts';
import {
  type CheckpointStore,
  FileCheckpointStore,
  MemoryCheckpointStore,
} from '../event-source-mapping/checkpoints.ts';
import { EventSourceMapping } from '../event-source-mapping/event-source-mapping.ts';
import type { LocalFunction } from '../lambda/local-function.ts';
import type { MappingDefinition } from '../plan/event-source-mapping.ts';
import type { LocalPlan } from '../plan/local-plan.ts';
import { streamPlaceholder } from '../template/local-names.ts';
import { TemplateError } from '../template/template-error.ts';
import { RemovalJournal } from '../time-to-live/removal-journal.ts';
import { TimeToLive } from '../time-to-live/time-to-live.ts';
import type { StreamArns } from './create-tables.ts';
import type { LocalClients } from './local-clients.ts';
import { onFailureDestination } from './on-failure-destination.ts';
import { mappingLog, type SystemLog } from './system-log.ts';

/** The dependencies of the mappings. */
export interface SystemMappingsOptions {
  readonly plan: LocalPlan;
  readonly clients: LocalClients;
  readonly functions: ReadonlyMap<string, LocalFunction>;
  readonly streamArns: StreamArns;
  readonly metrics: MetricStore;
  /** The folder for checkpoints. Without it, they are lost when the process ends. */
  readonly dataDir: string | undefined;
  readonly log: SystemLog;
}

/** The mappings on the tables' streams, and the expiry of items, which observes the records that the mappings read. */
export interface SystemMappings {
  readonly mappings: ReadonlyMap<string, EventSourceMapping>;
  readonly timesToLive: readonly TimeToLive[];
}

/** Creates the enabled mappings and starts none. @throws TemplateError for a mapping without a function or a stream. */
export function systemMappings(options: SystemMappingsOptions): SystemMappings {
  const { plan, clients, dataDir, log } = options;
  const checkpoints =
    dataDir === undefined
      ? new MemoryCheckpointStore()
      : new FileCheckpointStore(join(dataDir, 'checkpoints'));
  const transforms = new Map<string, (record: DynamoDBRecord) => DynamoDBRecord>();
  const timesToLive = plan.tables.flatMap((table) => {
    const { ttlAttribute } = table;
    // A table without a stream needs no removals: no record shows them, and its readers check the time themselves.
    if (ttlAttribute === undefined || table.schema.StreamSpecification === undefined) return [];
    const timeToLive = new TimeToLive({
      client: clients.dynamoDb,
      table,
      ttlAttribute,
      journal: new RemovalJournal(
        dataDir === undefined ? undefined : join(dataDir, `${table.name}-expired.jsonl`),
      ),
      log: (line) => log(table.logicalId, line),
    });
    transforms.set(streamPlaceholder(table.name), (record) => timeToLive.observe(record));
    return [timeToLive];
  });
  const mappings = plan.mappings
    .filter(({ isEnabled }) => isEnabled)
    .map((definition) => {
      const transform = transforms.get(definition.streamPlaceholder);
      return [definition.logicalId, mappingOf(definition, options, checkpoints, transform)] as const;
    });
  return { mappings: new Map(mappings), timesToLive };
}

function mappingOf(
  definition: MappingDefinition,
  { plan, clients, functions, streamArns, metrics, log }: SystemMappingsOptions,
  checkpoints: CheckpointStore,
  transform: (record: DynamoDBRecord) => DynamoDBRecord = (record) => record,
): EventSourceMapping {
  const { logicalId, functionName, qualifier, settings, onFailureArn } = definition;
  const target = plan.functions.find(({ name }) => name === functionName);
  const invoked = target === undefined ? undefined : functions.get(target.logicalId);
  const streamArn = streamArns.get(definition.streamPlaceholder);
  if (target === undefined || invoked === undefined || streamArn === undefined)
    throw new TemplateError(`${logicalId} has no function or no stream`);
  return new EventSourceMapping({
    settings: {
      ...settings,
      functionName: target.logicalId,
      functionArn: `${target.arn}${qualifier}`,
      streamArn,
    },
    streams: clients.streams,
    invoke: (event) => invoked.invoke(event),
    onFailure: onFailureDestination(onFailureArn, plan, clients),
    checkpoints,
    onBatchSent: (ageMs) => noteIteratorAge(metrics, functionName, ageMs),
    transform: (record) => {
      notePolledEvent(metrics, settings.id);
      return transform(record);
    },
    log: mappingLog(log, logicalId),
  });
}
