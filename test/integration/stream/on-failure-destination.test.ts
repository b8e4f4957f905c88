import { GetObjectCommand } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { LambdaOnFailure } from '../../../contracts/dead-letters/lambda-on-failure.ts';
import { ObjectCreatedNotification } from '../../../contracts/imports/object-notification.ts';
import type { OnFailureRecord } from '../../../infra/local/event-source-mapping/event-source-mapping.ts';
import type { LocalPart } from '../../../infra/local/machine/local-part.ts';
import { startMessaging } from '../../../infra/local/parts/messaging.ts';
import { localPlan } from '../../../infra/local/plan/local-plan.ts';
import { createMessaging } from '../../../infra/local/system/create-messaging.ts';
import {
  destroyClients,
  type LocalClients,
  localClients,
} from '../../../infra/local/system/local-clients.ts';
import { onFailureDestination } from '../../../infra/local/system/on-failure-destination.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { PLAN_PARAMETERS } from '../../builders/plan-parameters.ts';

let messaging: LocalPart;
let clients: LocalClients;
const failure: OnFailureRecord = {
  mappingId: 'm',
  shardId: 's',
  objectKey: 'aws/lambda/m/s/2026/01/02/2026-01-02T03.04.05-uuid',
  event: { Records: [{ eventID: '1', dynamodb: { SequenceNumber: '100' } }] },
  pointers: {
    requestContext: {
      requestId: 'r',
      functionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:f',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 2,
    },
    version: '1.0',
    timestamp: '2026-01-02T03:04:05.000Z',
    DDBStreamBatchInfo: {
      shardId: 's',
      startSequenceNumber: '100',
      endSequenceNumber: '100',
      approximateArrivalOfFirstRecord: '2026-01-02T03:04:05Z',
      approximateArrivalOfLastRecord: '2026-01-02T03:04:05Z',
      batchSize: 1,
      streamArn: 'arn:aws:dynamodb:eu-central-1:000000000000:table/t/stream/x',
    },
  },
};

const planAt = (endpoint: string, destination: 'Bucket' | 'Queue') =>
  localPlan(readTemplate(), { ...PLAN_PARAMETERS, OnFailureDestination: destination }, endpoint);

/** A part of its own: the buckets' notifications are fixed when it starts. */
beforeAll(async () => {
  const { buckets } = planAt('http://127.0.0.1', 'Bucket');
  messaging = await startMessaging({ notifications: buckets.flatMap(({ notifications }) => notifications) });
  clients = localClients({
    dynamoDb: inject('dynamoDbEndpoint'),
    messaging: messaging.endpoint,
    openSearch: inject('openSearchEndpoint'),
  });
});
afterAll(async () => {
  await destroyClients(clients);
  await messaging.stop();
});

async function planWith(destination: 'Bucket' | 'Queue') {
  const plan = planAt(messaging.endpoint, destination);
  await createMessaging(clients, plan);
  return plan;
}
async function sendTo(destination: 'Bucket' | 'Queue', mappingId: string): Promise<unknown> {
  const plan = await planWith(destination);
  const mapping = plan.mappings.find(({ logicalId }) => logicalId === mappingId);
  await onFailureDestination(mapping?.onFailureArn, plan, clients)(failure);
  const queue = plan.queues.find(
    ({ logicalId }) => logicalId === mappingId.replace('Mapping', 'DeadLetters'),
  );
  const { Messages } = await clients.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queue?.url, WaitTimeSeconds: 5 }),
  );
  return JSON.parse(Messages?.[0]?.Body ?? 'null');
}

describe('a batch that is given up', () => {
  it("goes completely to the consumer's bucket, and the consumer's queue gets a notification of the object", async () => {
    const notification = ObjectCreatedNotification.parse(await sendTo('Bucket', 'OrderEventsMapping'));
    const { bucket, object } = notification.Records[0]?.s3 ?? {};
    const { Body } = await clients.s3.send(
      new GetObjectCommand({ Bucket: bucket?.name, Key: decodeURIComponent(object?.key ?? '') }),
    );
    const deadLetter = LambdaOnFailure.parse(JSON.parse((await Body?.transformToString()) ?? ''));
    expect(JSON.parse(String(deadLetter.payload))).toEqual(failure.event);
  });

  it('goes as pointers to the queue where the parameter says so', async () => {
    const deadLetter = LambdaOnFailure.parse(await sendTo('Queue', 'SearchIndexMapping'));
    expect(deadLetter).toEqual(failure.pointers);
  });

  it('uses resources that exist already, as after a restart', async () => {
    await planWith('Bucket');
    await expect(planWith('Bucket')).resolves.toBeDefined();
  });
});
