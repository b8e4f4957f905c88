import * as z from 'zod';
import { matchless, matchlessText } from '../../../contracts/events/event-filter.ts';
import { NotificationType } from '../../../contracts/events/order-notification.ts';
import { OrderStatus } from '../../../contracts/order-status.ts';

/** How often a message is received before SQS moves it to the dead-letter queue. */
const RECEIVES_MAX = 5;
/** 14 days, the longest time that SQS keeps a message. */
const RETENTION_SECONDS = 1_209_600;
/** The names of its dead-letter queues are longer than its own, and SQS takes 80 characters. */
const QUEUE_NAME = /^[A-Za-z0-9_-]{1,60}$/;

/** A subscription that someone asks for. */
export const SubscriptionRequest = z
  .object({
    /** The name of the queue. */
    queue: z.string().regex(QUEUE_NAME, 'must match [A-Za-z0-9_-] and have 1 to 60 characters'),
    topicArn: z
      .string()
      .regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+$/, 'must be the ARN of a topic'),
    /** None for all types, also those that are added later. */
    types: z.array(NotificationType),
    /** None for all. */
    statuses: z.array(OrderStatus),
  })
  .superRefine(({ types, statuses }, context) => {
    const names = matchless(types, statuses);
    if (names.length > 0)
      context.addIssue({ code: 'custom', path: ['filter'], message: matchlessText(names) });
  });
export type SubscriptionRequest = z.infer<typeof SubscriptionRequest>;

/** What a subscription consists of, whichever tool makes it. */
export interface Subscription {
  readonly topicArn: string;
  readonly region: string;
  /** The queue that the subscriber reads. */
  readonly queue: string;
  /** Messages that the subscriber could not handle. */
  readonly deadLetters: string;
  /** Messages that SNS could not deliver to the queue. */
  readonly undeliverable: string;
  readonly receivesMax: number;
  readonly retentionSeconds: number;
  /** Absent for every event. */
  readonly filterPolicy: Readonly<Record<string, readonly string[]>> | undefined;
}

/** The parts of a subscription. */
export function subscriptionOf({ queue, topicArn, types, statuses }: SubscriptionRequest): Subscription {
  const filterPolicy = {
    ...(types.length > 0 && { type: types }),
    ...(statuses.length > 0 && { status: statuses }),
  };
  return {
    topicArn,
    region: topicArn.split(':')[3] ?? '',
    queue,
    deadLetters: `${queue}-dead-letters`,
    undeliverable: `${queue}-undeliverable`,
    receivesMax: RECEIVES_MAX,
    retentionSeconds: RETENTION_SECONDS,
    filterPolicy: Object.keys(filterPolicy).length > 0 ? filterPolicy : undefined,
  };
}

/**
 * The policy that lets one topic send to a queue, and nothing else.
 * See https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html.
 */
export const sendPolicy = <Queue, Topic>(queueArn: Queue, topicArn: Topic) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queueArn,
      Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
    },
  ],
});
