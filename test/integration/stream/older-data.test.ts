import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetSubscriptionAttributesCommand,
  ListSubscriptionsByTopicCommand,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { LOCAL_REGION } from '../../../infra/local/machine/region.ts';
import { localPlan } from '../../../infra/local/plan/local-plan.ts';
import { TableShape } from '../../../infra/local/plan/table.ts';
import { createdSubscriptions, createMessaging } from '../../../infra/local/system/create-messaging.ts';
import { createTables } from '../../../infra/local/system/create-tables.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { PLAN_PARAMETERS } from '../../builders/plan-parameters.ts';
import { localDynamoDb, localS3, localSns, localSqs } from '../parts/clients.ts';

const ACCOUNT = '000000000000';
const clients = { sqs: localSqs(), sns: localSns(), s3: localS3() };
const plan = localPlan(readTemplate(), PLAN_PARAMETERS, '');
/** The template's table under a name of its own. */
function aTable() {
  const table = plan.tables.find(({ logicalId }) => logicalId === 'Table') ?? expect.fail('no table');
  return { ...table, name: `older-${randomUUID()}` };
}
function aQueue() {
  const name = `older-${randomUUID()}`;
  const url = `${inject('messagingEndpoint')}/${ACCOUNT}/${name}`;
  const arn = `arn:aws:sqs:${LOCAL_REGION}:${ACCOUNT}:${name}`;
  return { logicalId: 'Queue', name, url, arn, attributes: {} };
}
function aTopic() {
  const name = `older-${randomUUID()}`;
  return { logicalId: 'Topic', name, arn: `arn:aws:sns:${LOCAL_REGION}:${ACCOUNT}:${name}` };
}

describe('data of an older template', () => {
  it('is taken as it is when its tables are those of the template', async () => {
    const table = aTable();
    const first = await createTables(localDynamoDb(), [table]);
    const again = await createTables(localDynamoDb(), [table]);
    expect(again).toEqual(first);
  });

  it.each(['GlobalSecondaryIndexes', 'StreamSpecification'] as const)(
    'is refused when a table has other %s',
    async (property) => {
      const table = aTable();
      const { [property]: _, ...rest } = table.schema;
      const schema = TableShape.parse(rest);
      // DynamoDB takes definitions of key attributes alone.
      const indices = [...(schema.GlobalSecondaryIndexes ?? []), ...(schema.LocalSecondaryIndexes ?? [])];
      const keys = [schema, ...indices].flatMap(({ KeySchema }) => KeySchema);
      const AttributeDefinitions = schema.AttributeDefinitions.filter((defined) =>
        keys.some(({ AttributeName }) => AttributeName === defined.AttributeName),
      );
      await createTables(localDynamoDb(), [{ ...table, schema: { ...schema, AttributeDefinitions } }]);
      await expect(createTables(localDynamoDb(), [table])).rejects.toMatchObject({
        code: 'data-of-older-template',
      });
    },
  );

  it("has the template's attributes of a queue afterwards", async () => {
    const queue = aQueue();
    for (const VisibilityTimeout of ['10', '20'])
      await createMessaging(clients, {
        queues: [{ ...queue, attributes: { VisibilityTimeout } }],
        topics: [],
        subscriptions: [],
        topicEndpoints: [],
        buckets: [],
      });
    const { Attributes } = await clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: ['VisibilityTimeout'] }),
    );
    expect(Attributes).toEqual({ VisibilityTimeout: '20' });
  });

  it("keeps the user's own subscriptions, and ends the template's that it no longer has", async () => {
    const topic = aTopic();
    const [template, removed, user] = [aQueue(), aQueue(), aQueue()];
    const dataDir = mkdtempSync(join(tmpdir(), 'older-data-'));
    onTestFinished(() => rmSync(dataDir, { recursive: true }));
    const start = (...endpoints: readonly string[]) =>
      createMessaging(
        clients,
        {
          queues: [template],
          topics: [topic],
          subscriptions: endpoints.map((endpoint) => ({
            logicalId: endpoint,
            topicArn: topic.arn,
            protocol: 'sqs',
            endpoint,
            attributes: {},
          })),
          topicEndpoints: [],
          buckets: [],
        },
        createdSubscriptions(dataDir),
      );
    await start(template.arn, removed.arn);
    await clients.sqs.send(new CreateQueueCommand({ QueueName: user.name }));
    const Attributes = { FilterPolicy: '{"status":["placed"]}' };
    const { SubscriptionArn } = await clients.sns.send(
      new SubscribeCommand({ TopicArn: topic.arn, Protocol: 'sqs', Endpoint: user.arn, Attributes }),
    );
    await start(template.arn);
    const { Subscriptions = [] } = await clients.sns.send(
      new ListSubscriptionsByTopicCommand({ TopicArn: topic.arn }),
    );
    expect(new Set(Subscriptions.map(({ Endpoint }) => Endpoint))).toEqual(new Set([template.arn, user.arn]));
    const kept = await clients.sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
    expect(kept.Attributes).toMatchObject(Attributes);
  });

  it("has the template's subscriptions to a topic afterwards, with their attributes, and no others of its queues", async () => {
    const topic = aTopic();
    const [kept, removed] = [aQueue(), aQueue()];
    const to = ({ arn }: { arn: string }, RawMessageDelivery: string) => ({
      logicalId: 'Subscription',
      topicArn: topic.arn,
      protocol: 'sqs' as const,
      endpoint: arn,
      attributes: { RawMessageDelivery },
    });
    for (const subscriptions of [[to(kept, 'false'), to(removed, 'false')], [to(kept, 'true')]])
      await createMessaging(clients, {
        queues: [kept, removed],
        topics: [topic],
        subscriptions,
        topicEndpoints: [],
        buckets: [],
      });
    const { Subscriptions = [] } = await clients.sns.send(
      new ListSubscriptionsByTopicCommand({ TopicArn: topic.arn }),
    );
    expect(Subscriptions).toMatchObject([{ Endpoint: kept.arn }]);
    const { Attributes } = await clients.sns.send(
      new GetSubscriptionAttributesCommand({ SubscriptionArn: Subscriptions[0]?.SubscriptionArn }),
    );
    expect(Attributes).toMatchObject({ RawMessageDelivery: 'true' });
  });
});
