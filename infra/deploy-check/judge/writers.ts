import type { LocalPlan } from '../../local/plan/local-plan.ts';
import type { AwsCall } from './iam/aws-call.ts';
import type { Principal } from './iam/evaluator.ts';
import type { ResourceStatement } from './iam/resource-policies.ts';

/** A call by a principal, and whether the resource's policy must let it through. */
export interface WriterCall {
  readonly principal: string;
  readonly call: AwsCall;
  readonly mustBeAllowed: boolean;
}

const OUTSIDER = 'a role of the account that is none of the stack';
const OPERATOR = 'the role of the operators';

/** Places where others write too. SQS fills a dead-letter queue itself, and is nowhere said to ask its policy. */
const OPEN: Readonly<Record<string, string>> = {
  ImportBucket: 'those who import orders',
  ImportDeadLetters: 'SQS',
  OrderMailsDeadLetters: 'SQS',
  NotificationsDeadLetters: 'SQS',
  NotificationsQueue: 'the owner of the subscription, who may send its history',
};
/** Queues and topics that no function and no operator writes to. */
const SERVICES_ALONE = ['BatchIntakeQueue', 'MailFeedbackTopic', 'UndeliverableNotifications'];

/**
 * Writes to queues, topics and buckets by those whom IAM lets write anywhere: a principal of the account, and the operators. And those of the services that
 * the policies let in: from the source that they name, and from another one.
 */
export function writerCalls(
  plan: Pick<LocalPlan, 'queues' | 'topics' | 'buckets'>,
  statements: readonly ResourceStatement[],
): readonly WriterCall[] {
  const guarded = placesOf(plan).filter(({ logicalId }) => !(logicalId in OPEN));
  const byPeople = guarded.flatMap(({ logicalId, call, forOperators }) => [
    { principal: OUTSIDER, call, mustBeAllowed: false },
    { principal: OPERATOR, call, mustBeAllowed: forOperators && !SERVICES_ALONE.includes(logicalId) },
  ]);
  const byServices = statements.flatMap((one) =>
    servicesOf(one).flatMap((principal) => [
      { principal, call: callOf(one, ''), mustBeAllowed: true },
      { principal, call: callOf(one, '-of-others'), mustBeAllowed: false },
    ]),
  );
  return [...byPeople, ...byServices];
}

/** Those who make these calls. To people IAM grants everything, so that the policies of the resources alone decide. */
export function writers(
  operatorRoleArn: string,
  statements: readonly ResourceStatement[],
): ReadonlyMap<string, Principal> {
  const everything = [{ id: 'everything', statement: { Effect: 'Allow', Action: '*', Resource: '*' } }];
  const services = new Set(statements.flatMap(servicesOf));
  return new Map<string, Principal>([
    [OUTSIDER, { arn: operatorRoleArn.replace(/[^/]+$/, 'outsider'), grants: everything }],
    [OPERATOR, { arn: operatorRoleArn, grants: everything }],
    ...[...services].map((service): [string, Principal] => [
      service,
      {
        arn: null,
        grants: statements
          .filter((one) => servicesOf(one).includes(service))
          .map((statement) => ({ id: statement.policy, statement })),
      },
    ]),
  ]);
}

const servicesOf = ({ Effect, Principal: principal }: ResourceStatement): readonly string[] =>
  Effect === 'Allow' && principal !== '*' ? [principal.Service] : [];

interface Place {
  readonly logicalId: string;
  readonly call: AwsCall;
  readonly forOperators: boolean;
}

function placesOf({ queues, topics, buckets }: Parameters<typeof writerCalls>[0]): readonly Place[] {
  const place = (logicalId: string, action: string, resource: string, forOperators = true): Place => ({
    logicalId,
    call: { action, resource, context: {} },
    forOperators,
  });
  return [
    ...queues.map(({ logicalId, arn }) => place(logicalId, 'sqs:SendMessage', arn)),
    ...topics.map(({ logicalId, arn }) => place(logicalId, 'sns:Publish', arn)),
    ...buckets.flatMap(({ logicalId, arn }) => [
      place(logicalId, 's3:PutObject', `${arn}/records/judge`),
      // Lambda writes there as the consumer.
      place(logicalId, 's3:PutObject', `${arn}/aws/lambda/judge`, false),
    ]),
  ];
}

/** The call that a statement lets in, with `suffix` after each value that its conditions ask for. */
const callOf = ({ Action, Resource, Condition }: ResourceStatement, suffix: string): AwsCall => ({
  action: Action[0] ?? '',
  resource: [Resource].flat()[0] ?? '',
  context: Object.fromEntries(
    Object.values(Condition).flatMap((keys) =>
      Object.entries(keys).map(([key, values]) => [key, `${[values].flat()[0] ?? ''}${suffix}`]),
    ),
  ),
});
