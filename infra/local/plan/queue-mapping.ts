import * as z from 'zod';
import type { QueueMappingSettings } from '../queue-mapping/settings.ts';
import type { ReadResource } from './read-resource.ts';

/** What the ARN of a queue begins with. */
export const QUEUE_ARN_PREFIX = 'arn:aws:sqs:';
/** Where the template sets no limit: each more is a worker, with its memory. */
const CONCURRENCY_DEFAULT = 2;

const shape = {
  FunctionName: z.string(),
  EventSourceArn: z.string(),
  BatchSize: z.coerce.number().default(10),
  MaximumBatchingWindowInSeconds: z.coerce.number().default(0),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  ScalingConfig: z.object({ MaximumConcurrency: z.coerce.number().optional() }).default({}),
  Enabled: z.boolean().default(true),
};

/** A mapping on a queue as it runs on this machine. */
export interface QueueMappingDefinition {
  readonly source: 'queue';
  readonly logicalId: string;
  readonly functionName: string;
  readonly queueArn: string;
  readonly isEnabled: boolean;
  readonly settings: Pick<
    QueueMappingSettings,
    'batchSize' | 'maximumBatchingWindowInSeconds' | 'maximumConcurrency' | 'reportBatchItemFailures'
  >;
}

/** Reads a mapping whose source is a queue. Filters are not known here. */
export const readQueueMapping: ReadResource<QueueMappingDefinition> = ({ logicalId, properties }) => {
  const read = properties({ shape, ignored: ['MetricsConfig', 'Tags'] });
  return {
    source: 'queue',
    logicalId,
    functionName: read.FunctionName,
    queueArn: read.EventSourceArn,
    isEnabled: read.Enabled,
    settings: {
      batchSize: read.BatchSize,
      maximumBatchingWindowInSeconds: read.MaximumBatchingWindowInSeconds,
      maximumConcurrency: read.ScalingConfig.MaximumConcurrency ?? CONCURRENCY_DEFAULT,
      reportBatchItemFailures: read.FunctionResponseTypes.length > 0,
    },
  };
};
