import * as z from 'zod';
import type { EventSourceMappingSettings } from '../event-source-mapping/settings.ts';
import { JsonText } from '../template/json-text.ts';
import { QUEUE_ARN_PREFIX, type QueueMappingDefinition, readQueueMapping } from './queue-mapping.ts';
import type { ReadResource } from './read-resource.ts';

const Pattern = z.object({ Pattern: JsonText });
/** A function by its name, or by the ARN of its alias. */
const FUNCTION = /^(?:arn:.*:function:)?([^:]+)(:\w+)?$/;
const shape = {
  FunctionName: z.string().regex(FUNCTION),
  EventSourceArn: z.string(),
  // LATEST would skip what was written before the mapping: no consumer may.
  StartingPosition: z.literal('TRIM_HORIZON'),
  BatchSize: z.coerce.number().default(100),
  MaximumBatchingWindowInSeconds: z.coerce.number().default(0),
  ParallelizationFactor: z.coerce.number().default(1),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  BisectBatchOnFunctionError: z.boolean().default(false),
  MaximumRetryAttempts: z.coerce.number().default(-1),
  MaximumRecordAgeInSeconds: z.coerce.number().default(-1),
  DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.string() }) }).optional(),
  FilterCriteria: z.object({ Filters: z.array(Pattern) }).default({ Filters: [] }),
  Enabled: z.boolean().default(true),
};

/** A mapping on a stream as it runs on this machine; the ARNs of function and stream are known once those are there. */
export interface MappingDefinition {
  readonly source: 'stream';
  readonly logicalId: string;
  readonly functionName: string;
  /** What follows the function's ARN in that of the alias; empty without an alias. */
  readonly qualifier: string;
  /** The stream's stand-in, until the table is made; see streamPlaceholder. */
  readonly streamPlaceholder: string;
  readonly settings: Omit<EventSourceMappingSettings, 'functionName' | 'functionArn' | 'streamArn'>;
  readonly isEnabled: boolean;
  /** The bucket, queue or topic that gets a batch which is given up. */
  readonly onFailureArn: string | undefined;
}

/** Reads a mapping. Its source says which kind it is: a queue, or else a table's stream. */
export const readMapping: ReadResource<MappingDefinition | QueueMappingDefinition> = (mapping) => {
  const source = { EventSourceArn: z.string() };
  const { EventSourceArn } = mapping.properties({
    shape: source,
    ignored: Object.keys(mapping.resource.Properties),
  });
  return EventSourceArn.startsWith(QUEUE_ARN_PREFIX) ? readQueueMapping(mapping) : readStreamMapping(mapping);
};

const readStreamMapping: ReadResource<MappingDefinition> = ({ logicalId, local, properties }) => {
  const read = properties({ shape, ignored: ['MetricsConfig', 'Tags'] });
  const [, functionName = '', qualifier = ''] = FUNCTION.exec(read.FunctionName) ?? [];
  return {
    source: 'stream',
    logicalId,
    functionName,
    qualifier,
    streamPlaceholder: read.EventSourceArn,
    isEnabled: read.Enabled,
    onFailureArn: read.DestinationConfig?.OnFailure.Destination,
    settings: {
      id: local.ref,
      batchSize: read.BatchSize,
      maximumBatchingWindowInSeconds: read.MaximumBatchingWindowInSeconds,
      parallelizationFactor: read.ParallelizationFactor,
      maximumRetryAttempts: read.MaximumRetryAttempts,
      maximumRecordAgeInSeconds: read.MaximumRecordAgeInSeconds,
      bisectBatchOnFunctionError: read.BisectBatchOnFunctionError,
      reportBatchItemFailures: read.FunctionResponseTypes.length > 0,
      filterPatterns: read.FilterCriteria.Filters.map(({ Pattern: pattern }) => pattern),
    },
  };
};
