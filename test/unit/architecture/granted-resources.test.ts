import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ENTITIES } from '../../../contracts/entities/entities.ts';
import { resolve, type Scope } from '../../../infra/local/template/intrinsics.ts';
import { parameterValues } from '../../../infra/local/template/parameters.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { TemplateScope } from '../../../infra/local/template/template-scope.ts';
import { PLAN_PARAMETERS } from '../../builders/plan-parameters.ts';
import { grantsIn } from '../../builders/policy-grants.ts';

/** What the actions of a service are granted on. */
const RESOURCE_TYPES: Readonly<Record<string, string>> = {
  dynamodb: 'AWS::DynamoDB::Table',
  es: 'AWS::OpenSearchService::Domain',
  lambda: 'AWS::Lambda::EventSourceMapping',
  s3: 'AWS::S3::Bucket',
  secretsmanager: 'AWS::SecretsManager::Secret',
  sns: 'AWS::SNS::Topic',
  sqs: 'AWS::SQS::Queue',
};

const FUNCTION = 'AWS::Serverless::Function';

/** The rights on what is no resource of the template, or cannot be narrowed. */
const EXCEPTIONS = [
  // Its only resource is the data set that holds every metric of the account.
  // See https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html.
  /^cloudwatch:GetMetricData \*$/,
  // CodeDeploy asks for the states of alarms together, which has no resource type in that list.
  /^cloudwatch:DescribeAlarms \*$/,
  // A sender, or its domain, is verified before the stack is made.
  // See https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html.
  /^ses:SendEmail arn:aws:ses:[\w-]+:\d+:identity\/[\w.@-]+$/,
  // A mail names its configuration set too.
  /^ses:SendEmail arn:aws:ses:[\w-]+:\d+:configuration-set\/<MailConfigurationSet>$/,
  // SNS makes the log groups of its delivery status itself.
  // See https://docs.aws.amazon.com/sns/latest/dg/topics-attrib-prereq.html.
  /^logs:\w+ arn:aws:logs:[\w-]+:\d+:log-group:sns\/[\w-]+\/\d+\/\*$/,
];

/** A resource, or a path below it; a wildcard is at the end only, and below a named folder. A mapping has an id, and its ARN is made of that. */
const NAMED =
  /^(?<service>\w+):\w+ (?:arn:aws:lambda:[\w-]+:\d+:event-source-mapping:)?<(?<logicalId>\w+)>(?:(?:\/[\w.-]+)+(?:\/\*[\w.]*)?)?$/;

const template = readTemplate();
const local = new TemplateScope(
  template,
  parameterValues(template, PLAN_PARAMETERS),
  'http://127.0.0.1:4566',
);
/** A resource of the template is its name in angle brackets, and everything is there that may be. */
const scope: Scope = {
  ref: (name) => (Object.hasOwn(template.Resources, name) ? `<${name}>` : local.ref(name)),
  getAtt: (logicalId) => `<${logicalId}>`,
  condition: () => true,
};

const policies = Object.entries(template.Resources).flatMap(([name, { Properties }]) => {
  const grants = grantsIn(resolve([Properties['Policies'], Properties['PolicyDocument']], scope));
  const rights = grants.flatMap(({ Action, Resource }) =>
    Action.flatMap((action) => Resource.map((resource) => `${action} ${resource}`)),
  );
  return rights.length === 0 ? [] : [{ name, rights }];
});
/** The partition keys of the table that a function may write, and may read where that is narrowed too. */
const WRITTEN_KEYS: Readonly<Record<string, readonly string[]>> = {
  UsersFunction: ['USER#*'],
  OrdersFunction: ['USER#*'],
  ProductsFunction: ['PRODUCT#*'],
  AccountsFunction: ['ACCOUNT#*'],
  OperatorsFunction: ['USER#*', 'PRODUCT#*', 'ORDER#*', 'STATS#*', 'ACCOUNT#*', 'HEARTBEAT#*'],
  OrderEventsFunction: ['USER#*', 'PRODUCT#*', 'ORDER#*', 'STATS#*'],
  ImportOrdersFunction: ['USER#*'],
  CancelStaleOrdersFunction: ['USER#*'],
  WriteHeartbeatsFunction: ['HEARTBEAT#*'],
  AutomaticReplayFunction: ['USER#*', 'PRODUCT#*', 'ORDER#*', 'STATS#*'],
};
const WRITES = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'];
const OPERATIONS_WRITES = [...WRITES, 'dynamodb:BatchWriteItem'];
const Condition = z.object({
  'ForAllValues:StringLike': z.object({ 'dynamodb:LeadingKeys': z.array(z.string()) }),
});

/** Policies as they are written out here, where those of a name (SAM's, AWS's) would be texts. */
const Written = z.looseObject({ Policies: z.array(z.looseObject({})).optional() });
const isExcepted = (right: string): boolean => EXCEPTIONS.some((exception) => exception.test(right));
/** Actions on a function: on its ARN, which ends in that of an alias where one is called. */
const ON_FUNCTION =
  /^lambda:(?:InvokeFunction|GetAlias|UpdateAlias|GetProvisionedConcurrencyConfig) <(?<logicalId>\w+)>\*?$/;
const isNamed = (right: string): boolean => {
  const called = ON_FUNCTION.exec(right)?.groups?.['logicalId'];
  if (called !== undefined) return template.Resources[called]?.Type === FUNCTION;
  const { service = '', logicalId = '' } = NAMED.exec(right)?.groups ?? {};
  return template.Resources[logicalId]?.Type === (RESOURCE_TYPES[service] ?? 'none');
};

describe('a policy', () => {
  it.each(policies)(
    '$name grants rights on named resources of the template, of the right kind',
    ({ rights }) => {
      expect(rights.filter((right) => !isNamed(right) && !isExcepted(right))).toEqual([]);
    },
  );

  it('is written out', () => {
    const others = Object.entries(template.Resources).filter(
      ([, { Properties }]) => 'ManagedPolicyArns' in Properties || !Written.safeParse(Properties).success,
    );
    expect(others.map(([name]) => name)).toEqual([]);
  });

  it.each(EXCEPTIONS)('needs the exception %s', (exception) => {
    expect(policies.flatMap(({ rights }) => rights).filter((right) => exception.test(right))).not.toEqual([]);
  });
});

describe('a function', () => {
  const written = Object.entries(WRITTEN_KEYS);

  it.each(written)('%s writes only items with the partition keys %j', (name, keys) => {
    const grants = grantsIn(resolve(template.Resources[name]?.Properties['Policies'], scope));
    const writes = grants.filter(
      ({ Action, Resource }) =>
        Resource.includes('<Table>') && Action.some((action) => WRITES.includes(action)),
    );
    expect(writes).not.toEqual([]);
    for (const { Condition: condition } of writes)
      expect(Condition.parse(condition)['ForAllValues:StringLike']['dynamodb:LeadingKeys']).toEqual(keys);
  });

  it.each(written)('%s names partition keys that entities have', (_, keys) => {
    const partitions = ENTITIES.map(({ key }) => `${key.pk.prefix}*`);
    expect(keys.filter((key) => !partitions.includes(key))).toEqual([]);
  });

  it('that writes to the table is one of these', () => {
    const writing = Object.entries(template.Resources).filter(([, { Properties }]) =>
      grantsIn(resolve(Properties['Policies'], scope)).some(
        ({ Action, Resource }) =>
          Resource.includes('<Table>') && Action.some((action) => WRITES.includes(action)),
      ),
    );
    expect(writing.map(([name]) => name)).toEqual(Object.keys(WRITTEN_KEYS));
  });
});

describe('on the operations table', () => {
  const KEYS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
    OrderEventsFunction: {
      'dynamodb:DeleteItem': ['FAILURE#*'],
      'dynamodb:UpdateItem': ['FAILURE#*'],
      'dynamodb:BatchWriteItem': ['ORDER#*'],
      'dynamodb:PutItem': ['DEAD_LETTER#*'],
    },
    SearchIndexFunction: {
      'dynamodb:DeleteItem': ['FAILURE#*'],
      'dynamodb:UpdateItem': ['FAILURE#*'],
      'dynamodb:PutItem': ['DEAD_LETTER#*'],
    },
    TakeInBatchesFunction: { 'dynamodb:PutItem': ['DEAD_LETTER#*'] },
    AutomaticReplayFunction: {
      'dynamodb:BatchWriteItem': ['ORDER#*'],
      'dynamodb:PutItem': ['DEAD_LETTER#*'],
    },
    OperatorsFunction: {
      'dynamodb:PutItem': ['DEAD_LETTER#*', 'ACTIVITY#*'],
      'dynamodb:BatchWriteItem': ['ORDER#*'],
    },
  };

  it('each function writes only items with the partition keys of its own', () => {
    const written = Object.entries(template.Resources).flatMap(([name, { Properties }]) => {
      const writes = grantsIn(resolve(Properties['Policies'], scope)).flatMap(
        ({ Action, Resource, Condition: condition }) =>
          Resource.includes('<OperationsTable>')
            ? Action.filter((action) => OPERATIONS_WRITES.includes(action)).map(
                (action) =>
                  [
                    action,
                    Condition.parse(condition)['ForAllValues:StringLike']['dynamodb:LeadingKeys'],
                  ] as const,
              )
            : [],
      );
      return writes.length === 0 ? [] : [[name, Object.fromEntries(writes)] as const];
    });
    expect(Object.fromEntries(written)).toEqual(KEYS);
  });
});
