import { describe, expect, it } from 'vitest';
import type { AwsRequest } from '../../../../infra/deploy-check/judge/iam/aws-call.ts';
import { callsOf } from '../../../../infra/deploy-check/judge/iam/service-calls.ts';

const TABLE = 'arn:aws:dynamodb:ddblocal:000000000000:table/t';
const names = {
  partitionKeys: new Map([
    ['t', 'pk'],
    ['t/index/GSI1', 'status'],
  ]),
  searchDomainArn: 'arn:aws:es:eu-central-1:000000000000:domain/d',
};
const request = (overrides: Partial<AwsRequest> & { readonly path?: string }): AwsRequest => ({
  service: 'dynamodb',
  method: 'POST',
  url: new URL(overrides.path ?? '/', 'http://127.0.0.1'),
  target: undefined,
  body: '',
  ...overrides,
});
const dynamoDb = (operation: string, body: object) =>
  callsOf(request({ target: `DynamoDB_20120810.${operation}`, body: JSON.stringify(body) }), names);

describe('the calls of a request', () => {
  it('name the key of an item, and the attributes that are read', () => {
    const body = {
      TableName: 't',
      Key: { pk: { S: 'USER#a' }, sk: { S: 'x' } },
      ProjectionExpression: '#n, address.city',
      ExpressionAttributeNames: { '#n': 'name' },
    };
    expect(dynamoDb('GetItem', body)).toEqual([
      {
        action: 'dynamodb:GetItem',
        resource: TABLE,
        context: {
          'dynamodb:LeadingKeys': ['USER#a'],
          'dynamodb:Attributes': ['pk', 'sk', 'name', 'address'],
          'dynamodb:Select': 'SPECIFIC_ATTRIBUTES',
        },
      },
    ]);
  });

  it('are one of each action of a transaction', () => {
    const TransactItems = [
      { Put: { TableName: 't', Item: { pk: { S: 'ORDER#1' } } } },
      { ConditionCheck: { TableName: 't', Key: { pk: { S: 'USER#a' } } } },
    ];
    expect(dynamoDb('TransactWriteItems', { TransactItems })).toMatchObject([
      { action: 'dynamodb:PutItem', context: { 'dynamodb:LeadingKeys': ['ORDER#1'] } },
      { action: 'dynamodb:ConditionCheckItem', context: { 'dynamodb:LeadingKeys': ['USER#a'] } },
    ]);
  });

  it('name the index of a query, and its partition key', () => {
    const body = {
      TableName: 't',
      IndexName: 'GSI1',
      KeyConditionExpression: '#s = :s AND id > :id',
      ExpressionAttributeNames: { '#s': 'status' },
      ExpressionAttributeValues: { ':s': { S: 'STATUS#placed#0' }, ':id': { S: '1' } },
    };
    expect(dynamoDb('Query', body)).toMatchObject([
      { resource: `${TABLE}/index/GSI1`, context: { 'dynamodb:LeadingKeys': ['STATUS#placed#0'] } },
    ]);
  });

  it('read the key of a PartiQL insert from its parameters', () => {
    const Statements = [
      { Statement: `INSERT INTO "t" VALUE {'sk': ?, 'pk': ?}`, Parameters: [{ S: 'x' }, { S: 'USER#a' }] },
    ];
    expect(dynamoDb('BatchExecuteStatement', { Statements })).toMatchObject([
      { action: 'dynamodb:PartiQLInsert', context: { 'dynamodb:LeadingKeys': ['USER#a'] } },
    ]);
  });

  it.each([
    ['an operation that is not known', 'DeleteTable', { TableName: 't' }],
    [
      'a query without a partition key that can be read',
      'Query',
      { TableName: 't', KeyConditionExpression: 'x' },
    ],
    ['another statement', 'ExecuteStatement', { Statement: 'SELECT * FROM "t"' }],
  ])('are refused for %s', (_, operation, body) => {
    expect(() => dynamoDb(operation, body)).toThrow();
  });

  it('have the action of a single message for a batch of them', () => {
    const body = JSON.stringify({ QueueUrl: 'http://127.0.0.1:1/000000000000/q', Entries: [] });
    expect(callsOf(request({ service: 'sqs', target: 'AmazonSQS.SendMessageBatch', body }), names)).toEqual([
      { action: 'sqs:SendMessage', resource: 'arn:aws:sqs:eu-central-1:000000000000:q', context: {} },
    ]);
    const publish = 'Action=PublishBatch&TopicArn=arn%3Aaws%3Asns%3Ax%3A1%3At';
    expect(callsOf(request({ service: 'sns', body: publish }), names)).toEqual([
      { action: 'sns:Publish', resource: 'arn:aws:sns:x:1:t', context: {} },
    ]);
  });

  it.each([
    ['s3', 'PUT', '/bucket/a/b%20c', 's3:PutObject', 'arn:aws:s3:::bucket/a/b c'],
    ['s3', 'GET', '/bucket/?list-type=2', 's3:ListBucket', 'arn:aws:s3:::bucket'],
    ['es', 'POST', '/_bulk', 'es:ESHttpPost', `${names.searchDomainArn}/_bulk`],
    [
      'lambda',
      'PUT',
      '/2015-03-31/event-source-mappings/id-1/',
      'lambda:UpdateEventSourceMapping',
      'arn:aws:lambda:eu-central-1:000000000000:event-source-mapping:id-1',
    ],
  ])('of %s with %s %s are %s', (service, method, path, action, resource) => {
    expect(callsOf(request({ service, method, path }), names)).toEqual([{ action, resource, context: {} }]);
  });

  it('of a mail are on the address, its domain and the configuration set', () => {
    const body = JSON.stringify({ FromEmailAddress: 'Shop <a@b.example>', ConfigurationSetName: 'c' });
    const mail = request({ service: 'ses', path: '/v2/email/outbound-emails', body });
    expect(callsOf(mail, names).map(({ resource }) => resource.split(':').at(-1))).toEqual([
      'identity/a@b.example',
      'identity/b.example',
      'configuration-set/c',
    ]);
  });

  it('of another service are refused', () => {
    expect(() => callsOf(request({ service: 'kinesis' }), names)).toThrow('kinesis');
  });
});
