import type { LocalPlan } from '../../../local/plan/local-plan.ts';
import type { AwsCall } from './aws-call.ts';

/** A call and the function whose role it is made with. */
export interface RoleCall {
  readonly role: string;
  readonly call: AwsCall;
}

const STREAM_ACTIONS = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
const QUEUE_ACTIONS = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'];

/**
 * The calls that Lambda makes with a function's role for its event source mappings: to read the stream or the queue, and to send what it gives
 * up to the destination. See https://docs.aws.amazon.com/lambda/latest/dg/services-ddb.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html and
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html.
 */
export function callsOfMappings({ functions, mappings, queueMappings }: LocalPlan): readonly RoleCall[] {
  const roleOf = (functionName: string): string =>
    functions.find(({ name }) => name === functionName)?.logicalId ?? functionName;
  const streams = mappings.flatMap(({ functionName, streamPlaceholder, onFailureArn }) => [
    ...STREAM_ACTIONS.map((action) => callOf(functionName, `dynamodb:${action}`, streamPlaceholder)),
    ...destinationCalls(functionName, onFailureArn),
  ]);
  const queues = queueMappings.flatMap(({ functionName, queueArn }) =>
    QUEUE_ACTIONS.map((action) => callOf(functionName, `sqs:${action}`, queueArn)),
  );
  return [...streams, ...queues].map(({ role, call }) => ({ role: roleOf(role), call }));
}

function destinationCalls(functionName: string, arn: string | undefined): readonly RoleCall[] {
  if (arn === undefined) return [];
  if (!arn.startsWith('arn:aws:s3:')) return [callOf(functionName, 'sqs:SendMessage', arn)];
  return [
    callOf(functionName, 's3:PutObject', `${arn}/aws/lambda/mapping/shard/2026/01/01/batch`),
    callOf(functionName, 's3:ListBucket', arn),
  ];
}

const callOf = (role: string, action: string, resource: string): RoleCall => ({
  role,
  call: { action, resource, context: {} },
});
