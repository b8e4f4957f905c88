import { ConsumerName } from '../../../../contracts/stream.ts';
import type { LetterQueue } from '../../../../pipelines/replay/replay-letters.ts';
import type { OpsTarget } from '../../target/ops-target.ts';

/** The queues that the options mean: the consumers' own, or the one that parked letters of both lie on. */
export function letterQueues(
  { resources }: Pick<OpsTarget, 'resources'>,
  { consumer, parked }: { readonly consumer?: ConsumerName | undefined; readonly parked: boolean },
): readonly LetterQueue[] {
  if (parked) return [{ queueUrl: resources.parkedDeadLettersUrl, consumer: undefined }];
  return ConsumerName.options
    .filter((name) => consumer === undefined || name === consumer)
    .map((name) => ({ queueUrl: resources.consumers[name].deadLetterQueueUrl, consumer: name }));
}
