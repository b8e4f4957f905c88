import { processPartialResponse } from '@aws-lambda-powertools/batch';
import type { PartialItemFailureResponse } from '@aws-lambda-powertools/batch/types';
import type { Context, DynamoDBStreamEvent } from 'aws-lambda';
import type { ConsumerName } from '../../contracts/stream.ts';
import { StreamBatchProcessor, type StreamBatchProcessorDeps } from './batch-processor.ts';
import { recordIdentity } from './lambda-record.ts';
import { type Annotations, type Trace, traced } from './trace.ts';

/** The dependencies of an invocation of a stream consumer. */
export interface ConsumeDeps extends StreamBatchProcessorDeps {
  readonly trace: Trace;
}

/**
 * Runs one invocation of a stream consumer and returns the partial batch response that Lambda reads. A full failure is
 * reported too and not thrown, so that the mapping checkpoints and does not bisect.
 */
export function consume(
  event: DynamoDBStreamEvent,
  context: Context,
  deps: ConsumeDeps,
): Promise<PartialItemFailureResponse> {
  const { trace, consumer } = deps;
  return traced(trace, consumer.name, { annotations: annotationsOf(event, consumer.name) }, () =>
    processPartialResponse(event, consumer.handle, new StreamBatchProcessor(deps), {
      context,
      throwOnFullBatchFailure: false,
    }),
  );
}

// A stream carries no trace from the write to here, so a trace is found by the records of its batch: by the first and the last, since
// X-Ray accepts few annotations.
function annotationsOf({ Records: records }: DynamoDBStreamEvent, consumer: ConsumerName): Annotations {
  const first = recordIdentity(records[0]);
  const last = recordIdentity(records.at(-1));
  return {
    consumer,
    records: records.length,
    firstEventId: first.eventId,
    firstSequenceNumber: first.sequenceNumber,
    lastEventId: last.eventId,
    lastSequenceNumber: last.sequenceNumber,
  };
}
