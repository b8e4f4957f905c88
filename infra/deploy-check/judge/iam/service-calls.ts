import * as z from 'zod';
import { parse, parseJson } from '../../../../contracts/reading.ts';
import { type AwsCall, type AwsRequest, arnOf, UnknownCallError } from './aws-call.ts';
import { dynamoDbCalls, type PartitionKeys } from './dynamodb-calls.ts';

/** What a request is read against. */
export interface CallNames {
  readonly partitionKeys: PartitionKeys;
  /** The domain that the search cluster stands for. */
  readonly searchDomainArn: string;
}

type ReadCalls = (request: AwsRequest, names: CallNames) => readonly AwsCall[];

/** By the service in the scope of a request's signature. */
const SERVICES: Readonly<Record<string, ReadCalls>> = {
  dynamodb: (request, { partitionKeys }) => dynamoDbCalls(operationOf(request), request.body, partitionKeys),
  sqs: queueCalls,
  sns: topicCalls,
  s3: objectCalls,
  ses: mailCalls,
  secretsmanager: secretCalls,
  lambda: mappingCalls,
  monitoring: (request) => [{ action: `cloudwatch:${operationOf(request)}`, resource: '*', context: {} }],
  es: ({ method, url }, { searchDomainArn }) => [
    {
      action: `es:ESHttp${method[0] ?? ''}${method.slice(1).toLowerCase()}`,
      resource: `${searchDomainArn}${decodeURIComponent(url.pathname)}`,
      context: {},
    },
  ],
};

/**
 * The calls that IAM judges a request by.
 *
 * @throws UnknownCallError or InvalidValueError for what is not known here.
 */
export function callsOf(request: AwsRequest, names: CallNames): readonly AwsCall[] {
  const read = SERVICES[request.service];
  if (read === undefined) throw new UnknownCallError(`The service ${request.service} is not known here`);
  return read(request, names);
}

const operationOf = ({ target }: AwsRequest): string => target?.split('.').at(-1) ?? '';

/** The right of a batch has the name of its single action. */
const withoutBatch = (operation: string): string => operation.replace(/Batch$/, '');

/** See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html: a batch has its action's right. */
function queueCalls(request: AwsRequest): readonly AwsCall[] {
  const { QueueUrl } = parseJson(z.object({ QueueUrl: z.string() }), request.body);
  const name = QueueUrl.split('/').at(-1) ?? '';
  return [{ action: `sqs:${withoutBatch(operationOf(request))}`, resource: arnOf('sqs', name), context: {} }];
}

/** SNS speaks the query protocol. PublishBatch has the right of Publish: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html. */
function topicCalls({ body }: AwsRequest): readonly AwsCall[] {
  const parameters = new URLSearchParams(body);
  const operation = parameters.get('Action') ?? '';
  const resource = parameters.get('TopicArn');
  if (resource === null) throw new UnknownCallError(`${operation} of SNS names no topic`);
  return [{ action: `sns:${withoutBatch(operation)}`, resource, context: {} }];
}

const OBJECT_ACTIONS: Readonly<Record<string, string>> = {
  GET: 's3:GetObject',
  HEAD: 's3:GetObject',
  PUT: 's3:PutObject',
  DELETE: 's3:DeleteObject',
};

/** Paths as the SDK makes them for an endpoint that is an address: `/bucket/key`. */
function objectCalls({ method, url }: AwsRequest): readonly AwsCall[] {
  const [, bucket = '', ...key] = decodeURIComponent(url.pathname).split('/');
  const path = key.join('/');
  if (path === '') {
    if (method !== 'GET' && method !== 'HEAD')
      throw new UnknownCallError(`${method} of a bucket is not known here`);
    return [listBucket(bucket)];
  }
  const action = OBJECT_ACTIONS[method];
  if (action === undefined) throw new UnknownCallError(`${method} of an object is not known here`);
  return [{ action, resource: `arn:aws:s3:::${bucket}/${path}`, context: {} }];
}

/** The right without which S3 refuses the read of an object that is not there. See https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html. */
export const listBucket = (bucket: string): AwsCall => ({
  action: 's3:ListBucket',
  resource: `arn:aws:s3:::${bucket}`,
  context: {},
});

const Mail = z.object({ FromEmailAddress: z.string(), ConfigurationSetName: z.string().optional() });

/** SES asks for the right on the identity, an address or its domain, and on the configuration set. See https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html. */
function mailCalls({ method, url, body }: AwsRequest): readonly AwsCall[] {
  if (method !== 'POST' || url.pathname !== '/v2/email/outbound-emails')
    throw new UnknownCallError(`${method} ${url.pathname} of SES is not known here`);
  const { FromEmailAddress, ConfigurationSetName } = parseJson(Mail, body);
  const address = /<([^>]+)>/.exec(FromEmailAddress)?.[1] ?? FromEmailAddress;
  const context = { 'ses:FromAddress': address };
  const resources = [
    `identity/${address}`,
    `identity/${address.split('@').at(-1) ?? ''}`,
    ...(ConfigurationSetName === undefined ? [] : [`configuration-set/${ConfigurationSetName}`]),
  ];
  return resources.map((resource) => ({
    action: 'ses:SendEmail',
    resource: arnOf('ses', resource),
    context,
  }));
}

function secretCalls(request: AwsRequest): readonly AwsCall[] {
  const { SecretId } = parseJson(z.object({ SecretId: z.string() }), request.body);
  return [{ action: `secretsmanager:${operationOf(request)}`, resource: SecretId, context: {} }];
}

const MAPPING_ACTIONS = z.enum(['GET', 'PUT']);
const ACTION_OF = { GET: 'lambda:GetEventSourceMapping', PUT: 'lambda:UpdateEventSourceMapping' } as const;

function mappingCalls({ method, url }: AwsRequest): readonly AwsCall[] {
  const id = /\/event-source-mappings\/([\w-]+)\/?$/.exec(url.pathname)?.[1];
  if (id === undefined) throw new UnknownCallError(`${method} ${url.pathname} of Lambda is not known here`);
  const action = ACTION_OF[parse(MAPPING_ACTIONS, method)];
  return [{ action, resource: arnOf('lambda', `event-source-mapping:${id}`), context: {} }];
}
