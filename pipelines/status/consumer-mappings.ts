import {
  type EventSourceMappingConfiguration,
  GetEventSourceMappingCommand,
  type LambdaClient,
  ListEventSourceMappingsCommand,
  ResourceInUseException,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import type { ConsumerState } from '../../contracts/api/status.ts';
import type { Instant } from '../../contracts/ids.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import { instantOf } from '../clock.ts';
import { OrderStreamError } from '../errors.ts';
import type { ActivityLog } from '../operations/activity.ts';
import { ConflictError } from '../request-errors.ts';

/** Where the mappings of the consumers are. */
export interface ConsumerMappingsDeps {
  readonly lambda: LambdaClient;
  /** The id of a consumer's event source mapping. Rejects while it cannot be found. */
  readonly mappingId: (consumer: ConsumerName) => Promise<string>;
}

/** An event source mapping as Lambda describes it. See https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html. */
export interface MappingDescription {
  readonly state: string;
  readonly lastProcessingResult: string;
  readonly changedAt?: Instant;
  /** -1 for no limit. */
  readonly maximumRecordAgeSeconds: number;
}

/** Lambda refuses a change while another one is in progress. */
export class MappingBusyError extends ConflictError {
  readonly code = 'mapping-busy';
  readonly remedy = 'Try again in some seconds.';
}

/** A function has no event source mapping, or more than one. */
export class NoMappingError extends OrderStreamError {
  readonly code = 'no-mapping';
  readonly remedy =
    'Let it have the one mapping of infra/consumers.yaml, as docs/runbook.md says: Revert what was changed by hand.';
}

const NO_LIMIT = -1;
const PAUSED_STATES = ['Disabled', 'Disabling'];
const ENABLED_STATES = ['Enabled', 'Enabling'];

/** Whether a mapping reads nothing because it is disabled. */
export const isPaused = ({ state }: MappingDescription): boolean => PAUSED_STATES.includes(state);

/** The alias that API Gateway and the mappings invoke, as the template names it. */
export const LIVE_ALIAS = 'live';

/** Describes the mapping of a consumer. @throws the SDK's own errors. */
export async function describeMapping(
  { lambda, mappingId }: ConsumerMappingsDeps,
  consumer: ConsumerName,
  signal?: AbortSignal,
): Promise<MappingDescription> {
  const UUID = await mappingId(consumer);
  const command = new GetEventSourceMappingCommand({ UUID });
  const mapping = await lambda.send(command, signal && { abortSignal: signal });
  const { State = 'unknown', LastProcessingResult = '', LastModified, MaximumRecordAgeInSeconds } = mapping;
  return {
    state: State,
    lastProcessingResult: LastProcessingResult,
    ...(LastModified === undefined ? {} : { changedAt: instantOf(LastModified) }),
    maximumRecordAgeSeconds: MaximumRecordAgeInSeconds ?? NO_LIMIT,
  };
}

/** The mappings, and the log of who pauses and resumes. */
export interface EnableConsumerDeps extends ConsumerMappingsDeps {
  readonly activity: Pick<ActivityLog, 'record'>;
}

/**
 * Pauses or resumes a consumer: disables or enables its mapping, which keeps its position. Records wait in the stream, for 24 hours at
 * most. The change takes some seconds. A deployment that changes the mapping enables it again. The activity log gets an entry.
 * Where the mapping is so already, nothing is changed or logged: a paused consumer is judged by when its mapping changed, and by whom.
 *
 * @param by Who does it.
 * @throws MappingBusyError while another change is in progress; the SDK's own errors.
 */
export async function enableConsumer(
  { lambda, mappingId, activity }: EnableConsumerDeps,
  consumer: ConsumerName,
  isEnabled: boolean,
  by: string,
): Promise<ConsumerState> {
  const UUID = await mappingId(consumer);
  const { state } = await describeMapping({ lambda, mappingId: async () => UUID }, consumer);
  if ((isEnabled ? ENABLED_STATES : PAUSED_STATES).includes(state)) return { consumer, state };
  const command = new UpdateEventSourceMappingCommand({ UUID, Enabled: isEnabled });
  try {
    return await activity.record(
      { by, action: isEnabled ? 'resume' : 'pause', target: consumer },
      async () => {
        const { State = 'unknown' } = await lambda.send(command);
        return { result: { consumer, state: State }, end: { outcome: 'done', detail: State } };
      },
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
    throw new MappingBusyError(`The event source mapping of ${consumer} is changing.`, { cause: error });
  }
}

/**
 * Finds the mapping of a function by its alias, which the mapping invokes.
 * See https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html.
 *
 * @throws NoMappingError; the SDK's own errors.
 */
export async function findMapping(lambda: LambdaClient, functionName: string): Promise<string> {
  const { EventSourceMappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: `${functionName}:${LIVE_ALIAS}` }),
  );
  const [mapping, ...others]: readonly EventSourceMappingConfiguration[] = EventSourceMappings;
  if (mapping?.UUID === undefined || others.length > 0)
    throw new NoMappingError(
      `${functionName} has ${EventSourceMappings.length} event source mappings instead of one`,
    );
  return mapping.UUID;
}
