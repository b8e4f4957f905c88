import { processPartialResponse } from '@aws-lambda-powertools/batch';
import type { PartialItemFailureResponse } from '@aws-lambda-powertools/batch/types';
import type { Context, DynamoDBStreamEvent } from 'aws-lambda';
import { StreamBatchProcessor, type StreamBatchProcessorDeps } from './stream-batch-processor.ts';

/** Runs one invocation of a stream consumer and returns the partial batch response that Lambda reads. */
export function consume(
  event: DynamoDBStreamEvent,
  context: Context,
  deps: StreamBatchProcessorDeps,
): Promise<PartialItemFailureResponse> {
  return processPartialResponse(event, deps.consumer.handle, new StreamBatchProcessor(deps), {
    context,
    throwOnFullBatchFailure: false,
  });
}
