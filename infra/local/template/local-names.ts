import { createHash } from 'node:crypto';
import { LOCAL_ACCOUNT_ID, LOCAL_REGION } from '../machine/region.ts';
import type { Resource } from './template.ts';
import { TemplateError } from './template-error.ts';

/** The stack's name on this machine: the first part of every name that the template leaves to CloudFormation. */
export const STACK_NAME = 'order-stream';
/** Always the same, so that names made from it lead to the data of an earlier run. */
export const STACK_UUID = '00000000-0000-4000-8000-000000000001';

/** CloudFormation's pseudo parameters. */
export const PSEUDO_PARAMETERS: ReadonlyMap<string, string> = new Map([
  ['AWS::AccountId', LOCAL_ACCOUNT_ID],
  ['AWS::Region', LOCAL_REGION],
  ['AWS::Partition', 'aws'],
  ['AWS::URLSuffix', 'amazonaws.com'],
  ['AWS::StackName', STACK_NAME],
  [
    'AWS::StackId',
    `arn:aws:cloudformation:${LOCAL_REGION}:${LOCAL_ACCOUNT_ID}:stack/${STACK_NAME}/${STACK_UUID}`,
  ],
]);

/** What `!Ref` and `!GetAtt` of a resource give on this machine. */
export interface LocalResource {
  readonly name: string;
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

type Describe = (logicalId: string, given: string | undefined, queueUrlBase: string) => LocalResource;

const arn = (service: string, rest: string): string =>
  `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT_ID}:${rest}`;
/** As DynamoDB Local names a table, in a region of its own. Its streams have the same beginning. */
export const tableArn = (name: string): string =>
  `arn:aws:dynamodb:ddblocal:${LOCAL_ACCOUNT_ID}:table/${name}`;
/** The name of the queue that an ARN is of. */
export const queueNameIn = (queueArn: string): string => queueArn.slice(queueArn.lastIndexOf(':') + 1);
const named = (logicalId: string, given: string | undefined): string => given ?? `${STACK_NAME}-${logicalId}`;

const BY_TYPE: Readonly<Record<string, readonly [nameProperty: string, Describe]>> = {
  'AWS::DynamoDB::Table': [
    'TableName',
    (logicalId, given) => {
      const name = named(logicalId, given);
      // The stream's label is known only when the table is there; this ARN stands for it until then.
      return {
        name,
        ref: name,
        attributes: { Arn: tableArn(name), StreamArn: streamPlaceholder(name) },
      };
    },
  ],
  'AWS::SQS::Queue': [
    'QueueName',
    (logicalId, given, queueUrlBase) => {
      const name = named(logicalId, given);
      const url = `${queueUrlBase}/${LOCAL_ACCOUNT_ID}/${name}`;
      return { name, ref: url, attributes: { Arn: arn('sqs', name), QueueName: name, QueueUrl: url } };
    },
  ],
  'AWS::SNS::Topic': [
    'TopicName',
    (logicalId, given) => {
      const name = named(logicalId, given);
      return { name, ref: arn('sns', name), attributes: { TopicArn: arn('sns', name), TopicName: name } };
    },
  ],
  'AWS::S3::Bucket': [
    'BucketName',
    (logicalId, given) => {
      const name = named(logicalId, given).toLowerCase();
      return { name, ref: name, attributes: { Arn: `arn:aws:s3:::${name}` } };
    },
  ],
  'AWS::SecretsManager::Secret': [
    'Name',
    (logicalId, given) => {
      const name = named(logicalId, given);
      const secretArn = arn('secretsmanager', `secret:${name}`);
      return { name, ref: secretArn, attributes: { Id: secretArn } };
    },
  ],
  'AWS::Serverless::Function': [
    'FunctionName',
    (logicalId, given) => {
      const name = named(logicalId, given);
      return { name, ref: name, attributes: { Arn: arn('lambda', `function:${name}`) } };
    },
  ],
  // Nothing here checks rights; a schedule has the role that it runs with.
  'AWS::IAM::Role': [
    'RoleName',
    (logicalId, given) => {
      const name = named(logicalId, given);
      return { name, ref: name, attributes: { Arn: `arn:aws:iam::${LOCAL_ACCOUNT_ID}:role/${name}` } };
    },
  ],
  'AWS::SES::ConfigurationSet': [
    'Name',
    (logicalId, given) => {
      const name = named(logicalId, given);
      return { name, ref: name, attributes: {} };
    },
  ],
  'AWS::Serverless::HttpApi': ['Name', () => ({ name: 'local', ref: 'local', attributes: {} })],
  'AWS::Lambda::EventSourceMapping': [
    'Name',
    (logicalId) => {
      const id = uuidOf(logicalId);
      return { name: logicalId, ref: id, attributes: { Id: id } };
    },
  ],
};

/** The stream ARN that stands for a table's stream in what is read from the template. */
export const streamPlaceholder = (tableName: string): string =>
  arn('dynamodb', `table/${tableName}/stream/local`);

/** The property that may name a resource of this type. */
export const namePropertyOf = (type: string): string | undefined => BY_TYPE[type]?.[0];

/**
 * What a resource is called on this machine.
 *
 * @throws TemplateError for a type that nothing local stands for.
 */
export function localResource(
  logicalId: string,
  { Type }: Resource,
  given: string | undefined,
  queueUrlBase: string,
): LocalResource {
  const describe = BY_TYPE[Type]?.[1];
  if (describe === undefined) throw new TemplateError(`${logicalId} (${Type}) has no value on this machine`);
  return describe(logicalId, given, queueUrlBase);
}

/** The same UUID for the same text, so that a mapping finds its checkpoints again. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
