import type { LocalFunction } from '../lambda/local-function.ts';
import type { LocalPlan } from '../plan/local-plan.ts';
import type { QueueMappingDefinition } from '../plan/queue-mapping.ts';
import { QueueMapping } from '../queue-mapping/queue-mapping.ts';
import { TemplateError } from '../template/template-error.ts';
import type { LocalClients } from './local-clients.ts';
import { mappingLog, type SystemLog } from './system-log.ts';

/** The default of SQS. See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html. */
const VISIBILITY_TIMEOUT_SECONDS_DEFAULT = 30;

/** The dependencies of the mappings on queues. */
export interface SystemQueueMappingsOptions {
  readonly plan: LocalPlan;
  readonly clients: Pick<LocalClients, 'sqs'>;
  readonly functions: ReadonlyMap<string, Pick<LocalFunction, 'invoke'>>;
  readonly log: SystemLog;
}

/**
 * Creates the enabled mappings on queues, by logical id, and starts none.
 *
 * @throws TemplateError for a mapping without a function or a queue; InvalidMappingSettingsError for settings that Lambda would refuse.
 */
export function systemQueueMappings(options: SystemQueueMappingsOptions): ReadonlyMap<string, QueueMapping> {
  return new Map(
    options.plan.queueMappings
      .filter(({ isEnabled }) => isEnabled)
      .map((definition) => [definition.logicalId, queueMappingOf(definition, options)] as const),
  );
}

function queueMappingOf(
  { logicalId, functionName, queueArn, settings }: QueueMappingDefinition,
  { plan, clients, functions, log }: SystemQueueMappingsOptions,
): QueueMapping {
  const target = plan.functions.find(({ name }) => name === functionName);
  const invoked = target === undefined ? undefined : functions.get(target.logicalId);
  const queue = plan.queues.find(({ arn }) => arn === queueArn);
  if (target === undefined || invoked === undefined || queue === undefined)
    throw new TemplateError(`${logicalId} has no function or no queue`);
  return new QueueMapping({
    settings: {
      ...settings,
      functionName: target.logicalId,
      functionTimeoutSeconds: target.timeoutSeconds,
      queueArn,
      queueUrl: queue.url,
      visibilityTimeoutSeconds: Number(
        queue.attributes['VisibilityTimeout'] ?? VISIBILITY_TIMEOUT_SECONDS_DEFAULT,
      ),
    },
    sqs: clients.sqs,
    invoke: (event) => invoked.invoke(event),
    log: mappingLog(log, logicalId),
  });
}
