import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { EnvironmentError } from '../../../handlers/environment.ts';
import { awsTarget, StackOutputError } from '../../../infra/ops/target/aws-target.ts';
import { environmentOf } from '../../builders/stream/consumer-settings.ts';

const OUTPUTS = {
  OrderEventsFunctionName: 'shop-order-events',
  SearchIndexFunctionName: 'shop-search-index',
  OperationsTableName: 'shop-operations',
  IdempotencyTableName: 'shop-idempotency',
  ParkedDeadLettersUrl: 'https://sqs/parked',
  OrderEventsDeadLettersUrl: 'https://sqs/order-events',
  SearchIndexDeadLettersUrl: 'https://sqs/search-index',
  OrderEventsDeadLetterBucketName: 'order-events-dead-letters',
  SearchIndexDeadLetterBucketName: 'search-index-dead-letters',
  SearchEndpoint: 'https://search.example.com',
  EmailHashKeyArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:email-hash',
};
const ENVIRONMENT = {
  ...environmentOf('OrderEventsFunction'),
  TABLE_NAME: 'table',
  TOPIC_ARN: 'topic',
  ORDER_RETENTION_DAYS: '30',
};

/** The shape of CloudFormation's response. See https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html. */
function describedStack(outputs: Readonly<Record<string, string>>): string {
  const members = Object.entries(outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return `<DescribeStacksResponse><DescribeStacksResult><Stacks><member>
    <StackName>shop</StackName><Outputs>${members.join('')}</Outputs>
  </member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
}

/** See https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html. */
const CALLER =
  '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/olga</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>';

/** CloudFormation, Lambda and STS of an account with one stack and its consumer. */
async function startAccount(
  outputs: Readonly<Record<string, string>>,
  environments: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<void> {
  const server = createServer(async (request, response) => {
    const { url = '' } = request;
    if ((await text(request)).includes('Action=GetCallerIdentity')) return response.end(CALLER);
    const [, name = ''] = /^\/2015-03-31\/functions\/([^/]+)\/configuration\?Qualifier=live$/.exec(url) ?? [];
    return response.end(
      name === ''
        ? describedStack(outputs)
        : JSON.stringify({ FunctionName: name, Environment: { Variables: environments[name] } }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${port}`);
}

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterEach(() => vi.unstubAllEnvs());
const target = () => awsTarget({ stack: 'shop', region: 'eu-central-1' });

it('has the settings of the version of order-events that runs', async () => {
  await startAccount(OUTPUTS, {
    'shop-order-events': ENVIRONMENT,
    'shop-search-index': { ...ENVIRONMENT, ORDER_RETENTION_DAYS: '1' },
  });
  await using shop = await target();
  expect(shop.resources).toMatchObject({ tableName: 'table', topicArn: 'topic', orderRetentionDays: 30 });
});

it('has the names of the resources from the outputs', async () => {
  await startAccount(OUTPUTS, { 'shop-order-events': ENVIRONMENT });
  await using shop = await target();
  expect(shop.resources.parkedDeadLettersUrl).toBe('https://sqs/parked');
  expect(shop.resources.consumers['search-index']).toEqual({
    functionName: 'shop-search-index',
    deadLetterQueueUrl: 'https://sqs/search-index',
    deadLetterBucket: 'search-index-dead-letters',
  });
});

it('has a mailbox where the stack sends order mails', async () => {
  await startAccount(OUTPUTS, { 'shop-order-events': ENVIRONMENT });
  await using without = await target();
  await startAccount({ ...OUTPUTS, MailboxTableName: 'shop-mails' }, { 'shop-order-events': ENVIRONMENT });
  await using shop = await target();
  expect([without, shop].map(({ resources }) => resources.mailboxTableName)).toEqual([
    undefined,
    'shop-mails',
  ]);
});

it('acts as the principal of its credentials', async () => {
  await startAccount(OUTPUTS, { 'shop-order-events': ENVIRONMENT });
  await using shop = await target();
  expect(shop.actor).toBe('arn:aws:iam::123456789012:user/olga');
});

it('is refused where the consumer lacks a setting, so that no default takes its place', async () => {
  const { ORDER_RETENTION_DAYS: _, ...older } = ENVIRONMENT;
  await startAccount(OUTPUTS, { 'shop-order-events': older });
  await expect(target()).rejects.toThrow(EnvironmentError);
});

it('is refused where the stack lacks an output', async () => {
  const { ParkedDeadLettersUrl: _, ...older } = OUTPUTS;
  await startAccount(older, { 'shop-order-events': ENVIRONMENT });
  await expect(target()).rejects.toThrow(StackOutputError);
});
