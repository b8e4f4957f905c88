import type { LocalPlan } from '../../local/plan/local-plan.ts';
import { tableArn } from '../../local/template/local-names.ts';
import type { AwsCall } from './iam/aws-call.ts';
import type { RoleCall } from './iam/lambda-calls.ts';
import type { GrantsByRole } from './iam/roles.ts';

/** A partition key that no entity has. */
const FOREIGN_KEY = 'FOREIGN#1';
const ACTIONS = {
  table: [
    'GetItem',
    'BatchGetItem',
    'Query',
    'Scan',
    'PutItem',
    'UpdateItem',
    'DeleteItem',
    'BatchWriteItem',
  ].map((action) => `dynamodb:${action}`),
  queue: ['ReceiveMessage', 'SendMessage', 'DeleteMessage', 'PurgeQueue'].map((action) => `sqs:${action}`),
  topic: ['sns:Publish', 'sns:Subscribe'],
  bucket: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket'],
  secret: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
};

/**
 * Calls that IAM has to refuse: of every function on every table, queue, topic, bucket and secret that neither its variables nor its mappings
 * name.
 */
export function foreignCalls(plan: LocalPlan): readonly RoleCall[] {
  const resources = resourcesOf(plan);
  return plan.functions.flatMap((definition) => {
    const known = new Set([
      ...Object.values(definition.environment),
      ...namesFromMappings(plan, definition.name),
    ]);
    return resources
      .filter(({ names }) => !names.some((name) => known.has(name)))
      .flatMap(({ kind, arn }) =>
        ACTIONS[kind].map((action) => ({ role: definition.logicalId, call: callOf(action, kind, arn) })),
      );
  });
}

interface Resource {
  readonly kind: keyof typeof ACTIONS;
  readonly arn: string;
  /** How variables may name it. */
  readonly names: readonly string[];
}

const resourcesOf = ({ tables, queues, topics, buckets, secrets }: LocalPlan): readonly Resource[] => [
  ...tables.map(({ name }): Resource => {
    const arn = tableArn(name);
    return { kind: 'table', arn, names: [name, arn] };
  }),
  // Every queue's URL differs from function to function in its endpoint; the name is at its end.
  ...queues.map(({ arn, name }): Resource => ({ kind: 'queue', arn, names: [arn, name] })),
  ...topics.map(({ arn }): Resource => ({ kind: 'topic', arn, names: [arn] })),
  ...buckets.map(({ arn, name }): Resource => ({ kind: 'bucket', arn, names: [arn, name] })),
  ...secrets.map(({ arn }): Resource => ({ kind: 'secret', arn, names: [arn] })),
];

/** The sources and destinations of a function's mappings, the buckets that notify those queues, and the names in the URLs of its variables. */
function namesFromMappings(plan: LocalPlan, functionName: string): readonly string[] {
  const { environment = {} } = plan.functions.find(({ name }) => name === functionName) ?? {};
  const sources = plan.queueMappings
    .filter((mapping) => mapping.functionName === functionName)
    .map(({ queueArn }) => queueArn);
  const destinations = plan.mappings
    .filter((mapping) => mapping.functionName === functionName)
    .flatMap(({ onFailureArn }) => onFailureArn ?? []);
  const notifying = plan.buckets
    .filter(({ notifications }) =>
      sources.some((arn) => JSON.stringify(notifications).includes(arn.split(':').at(-1) ?? arn)),
    )
    .map(({ arn }) => arn);
  const inUrls = Object.values(environment).flatMap((value) =>
    value.startsWith('http') ? [value.split('/').at(-1) ?? ''] : [],
  );
  return [...sources, ...destinations, ...notifying, ...inUrls];
}

const callOf = (action: string, kind: Resource['kind'], arn: string): AwsCall => ({
  action,
  resource: kind === 'bucket' && action !== 's3:ListBucket' ? `${arn}/records/judge` : arn,
  context: kind === 'table' && action !== 'dynamodb:Scan' ? { 'dynamodb:LeadingKeys': [FOREIGN_KEY] } : {},
});

/** Calls on items whose partition key no grant of the action on the table names, where each such grant names keys. */
export function foreignKeyCalls(roles: GrantsByRole): readonly RoleCall[] {
  return [...roles].flatMap(([role, grants]) => {
    const onTables = grants.filter(({ resource }) => resource.includes(':table/'));
    const places = Map.groupBy(onTables, ({ action, resource }) => `${action} ${resource}`);
    return [...places.values()].flatMap((those) => {
      const [first] = those;
      if (
        first === undefined ||
        !those.every(({ statement }) => JSON.stringify(statement).includes(LEADING_KEYS))
      )
        return [];
      const { action, resource } = first;
      return [{ role, call: { action, resource, context: { [LEADING_KEYS]: [FOREIGN_KEY] } } }];
    });
  });
}

const LEADING_KEYS = 'dynamodb:LeadingKeys';
