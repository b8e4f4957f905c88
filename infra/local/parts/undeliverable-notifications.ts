import * as z from 'zod';
import { readJson } from '../../../contracts/reading.ts';
import { fauxqsPrototype } from '../machine/fauxqs-class.ts';

/** The members that this file uses of a subscription as fauxqs keeps it. */
interface Subscription {
  readonly endpoint: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The method that this file uses of fauxqs's class for subscriptions. */
interface SubscriptionStore {
  getSubscription(arn: string): Subscription | undefined;
}

/** The method that this file uses of fauxqs's class for queues. */
interface QueueStore {
  getQueueByArn(arn: string): object | undefined;
}

const RedrivePolicy = z.object({ deadLetterTargetArn: z.string() });

/**
 * Sends a notification to the dead-letter queue of its subscription if the subscribed queue does not exist, as SNS does. fauxqs discards
 * it. fauxqs reads a subscription and then its queue in one synchronous step, and both in no other request. See
 * https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html.
 *
 * @throws InvalidValueError if this version of fauxqs has no such stores.
 */
export async function redriveUndeliverable(): Promise<void> {
  const subscriptions = await fauxqsPrototype<SubscriptionStore>('sns/snsStore.js', 'SnsStore', [
    'getSubscription',
  ]);
  const queues = await fauxqsPrototype<QueueStore>('sqs/sqsStore.js', 'SqsStore', ['getQueueByArn']);
  const { getSubscription } = subscriptions;
  const { getQueueByArn } = queues;
  let current: Subscription | undefined;
  Object.assign(subscriptions, {
    getSubscription(this: SubscriptionStore, arn: string): Subscription | undefined {
      current = getSubscription.call(this, arn);
      // Another request, such as one that creates the queue, must not find the dead-letter queue in its place.
      queueMicrotask(() => (current = undefined));
      return current;
    },
  });
  Object.assign(queues, {
    getQueueByArn(this: QueueStore, arn: string): object | undefined {
      const queue = getQueueByArn.call(this, arn);
      if (queue !== undefined || current?.endpoint !== arn) return queue;
      const policy = readJson(RedrivePolicy, current.attributes['RedrivePolicy'] ?? '').data;
      return policy && getQueueByArn.call(this, policy.deadLetterTargetArn);
    },
  });
}
