import { stringify } from 'yaml';
import { type Subscription, sendPolicy } from './subscription.ts';

/** A JSON text that stands in a JSON string, which stands in double quotes of a shell. */
const inShell = (value: unknown): string =>
  JSON.stringify(JSON.stringify(value)).slice(1, -1).replaceAll('\\', '\\\\').replaceAll('"', '\\"');

const attributes = (members: Readonly<Record<string, string>>): string =>
  `{${Object.entries(members)
    .map(([name, text]) => `\\"${name}\\":\\"${text}\\"`)
    .join(',')}}`;

/** A script for a POSIX shell and the AWS CLI. It may run again: SQS and SNS return what exists. */
function cli(one: Subscription): string {
  const { queue, deadLetters, undeliverable, receivesMax, retentionSeconds, filterPolicy } = one;
  const redrive = { deadLetterTargetArn: '$DEAD_LETTERS_ARN', maxReceiveCount: receivesMax };
  const subscribed = {
    RawMessageDelivery: 'true',
    ...(filterPolicy && { FilterPolicy: inShell(filterPolicy) }),
    RedrivePolicy: inShell({ deadLetterTargetArn: '$UNDELIVERABLE_ARN' }),
  };
  return `#!/bin/sh
# Subscribes the queue ${queue} to the order topic.
set -eu
export AWS_DEFAULT_REGION=${one.region}
TOPIC_ARN=${one.topicArn}

create() {
  aws sqs create-queue --queue-name "$1" --attributes MessageRetentionPeriod=${retentionSeconds} --query QueueUrl --output text
}
arn_of() {
  aws sqs get-queue-attributes --queue-url "$1" --attribute-names QueueArn --query Attributes.QueueArn --output text
}
# Lets the topic, and nothing else, send to the queue with this URL and ARN.
allow() {
  aws sqs set-queue-attributes --queue-url "$1" --attributes "${attributes({ Policy: inShell(sendPolicy('$2', '$TOPIC_ARN')) })}"
}

QUEUE_URL=$(create ${queue})
DEAD_LETTERS_URL=$(create ${deadLetters})
UNDELIVERABLE_URL=$(create ${undeliverable})
QUEUE_ARN=$(arn_of "$QUEUE_URL")
DEAD_LETTERS_ARN=$(arn_of "$DEAD_LETTERS_URL")
UNDELIVERABLE_ARN=$(arn_of "$UNDELIVERABLE_URL")

# What your service could not handle.
aws sqs set-queue-attributes --queue-url "$QUEUE_URL" --attributes "${attributes({ RedrivePolicy: inShell(redrive) })}"
allow "$QUEUE_URL" "$QUEUE_ARN"
# What SNS could not deliver, which it would otherwise discard.
allow "$UNDELIVERABLE_URL" "$UNDELIVERABLE_ARN"
# A policy takes up to 60 s to apply. SNS does not try again where one refuses it:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
sleep 60

aws sns subscribe --topic-arn "$TOPIC_ARN" --protocol sqs --notification-endpoint "$QUEUE_ARN" --return-subscription-arn --attributes "${attributes(subscribed)}" --query SubscriptionArn --output text
`;
}

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const RETAINED = { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' };

function cloudFormation(one: Subscription): string {
  const { queue, deadLetters, undeliverable, receivesMax, retentionSeconds, filterPolicy } = one;
  const sqsQueue = (name: string, more: object = {}) => ({
    Type: 'AWS::SQS::Queue',
    ...RETAINED,
    Properties: {
      QueueName: name,
      MessageRetentionPeriod: retentionSeconds,
      SqsManagedSseEnabled: true,
      ...more,
    },
  });
  const policy = (logicalId: string) => ({
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [{ Ref: logicalId }],
      PolicyDocument: sendPolicy(arnOf(logicalId), { Ref: 'TopicArn' }),
    },
  });
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `Subscribes the queue ${queue} to the order topic.`,
    Parameters: { TopicArn: { Type: 'String', Default: one.topicArn } },
    Resources: {
      Queue: sqsQueue(queue, {
        RedrivePolicy: { deadLetterTargetArn: arnOf('DeadLetters'), maxReceiveCount: receivesMax },
      }),
      DeadLetters: sqsQueue(deadLetters),
      Undeliverable: sqsQueue(undeliverable),
      QueuePolicy: policy('Queue'),
      UndeliverablePolicy: policy('Undeliverable'),
      Subscription: {
        Type: 'AWS::SNS::Subscription',
        DependsOn: ['QueuePolicy', 'UndeliverablePolicy'],
        Properties: {
          TopicArn: { Ref: 'TopicArn' },
          Protocol: 'sqs',
          Endpoint: arnOf('Queue'),
          RawMessageDelivery: true,
          ...(filterPolicy && { FilterPolicy: filterPolicy }),
          RedrivePolicy: { deadLetterTargetArn: arnOf('Undeliverable') },
        },
      },
    },
    Outputs: { QueueUrl: { Value: { Ref: 'Queue' } } },
  };
  // By YAML 1.1, as CloudFormation reads it, a day without quotes is no text.
  return stringify(template, { version: '1.1', lineWidth: 0 });
}

function terraform(one: Subscription): string {
  const { queue, deadLetters, undeliverable, receivesMax, retentionSeconds, filterPolicy } = one;
  const sqsQueue = (label: string, name: string, more: string) => `resource "aws_sqs_queue" "${label}" {
  name                      = "${name}"
  message_retention_seconds = ${retentionSeconds}
  sqs_managed_sse_enabled   = true
${more}}
`;
  const policy = (label: string) => `resource "aws_sqs_queue_policy" "${label}" {
  queue_url = aws_sqs_queue.${label}.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.${label}.arn
      Condition = { ArnEquals = { "aws:SourceArn" = var.topic_arn } }
    }]
  })
}
`;
  const redrive = `  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = ${receivesMax}
  })
`;
  const filter =
    filterPolicy === undefined
      ? ''
      : `  filter_policy = jsonencode({
${Object.entries(filterPolicy)
  .map(([name, values]) => `    ${name.padEnd(longest(filterPolicy))} = ${list(values)}`)
  .join('\n')}
  })
`;
  return [
    `variable "topic_arn" {
  type    = string
  default = "${one.topicArn}"
}
`,
    sqsQueue('queue', queue, redrive),
    sqsQueue('dead_letters', deadLetters, ''),
    sqsQueue('undeliverable', undeliverable, ''),
    policy('queue'),
    policy('undeliverable'),
    `resource "aws_sns_topic_subscription" "queue" {
  topic_arn            = var.topic_arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.queue.arn
  raw_message_delivery = true
${filter}  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.undeliverable.arn
  })
  depends_on = [aws_sqs_queue_policy.queue, aws_sqs_queue_policy.undeliverable]
}
`,
  ].join('\n');
}

const longest = (members: object): number => Math.max(...Object.keys(members).map(({ length }) => length));
const list = (values: readonly string[]): string =>
  `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;

/** A subscription as text to copy, by the tool that makes it. */
export const FORMATS = { cli, cloudformation: cloudFormation, terraform } as const;
