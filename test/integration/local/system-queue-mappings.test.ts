import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import type { InvocationResult } from '../../../infra/local/event-source-mapping/event-source-mapping.ts';
import { localPlan } from '../../../infra/local/plan/local-plan.ts';
import { createMessaging } from '../../../infra/local/system/create-messaging.ts';
import { untilDrained } from '../../../infra/local/system/drained.ts';
import { systemQueueMappings } from '../../../infra/local/system/system-queue-mappings.ts';
import { parseTemplate } from '../../../infra/local/template/template.ts';
import { localS3, localSns, localSqs } from '../parts/clients.ts';

const DRAIN_TIMEOUT_MS = 20_000;
const clients = { sqs: localSqs(), sns: localSns(), s3: localS3() };
const planWith = (timeoutSeconds: number) =>
  localPlan(
    parseTemplate(`
Globals:
  Function: { Timeout: ${timeoutSeconds}, MemorySize: 256, Runtime: nodejs24.x, Environment: { Variables: {} } }
Resources:
  Imports: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 60 } }
  Import:
    Type: AWS::Serverless::Function
    Properties: { Handler: a/work.run }
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: { FunctionName: !Ref Import, EventSourceArn: !GetAtt Imports.Arn }`),
    {},
    inject('messagingEndpoint'),
  );

describe("the template's mapping on a queue", () => {
  it('leads what is sent to the queue to the function, and is drained then', async () => {
    const plan = planWith(10);
    await createMessaging(clients, plan);
    const bodies: string[] = [];
    const invoke = async (event: unknown): Promise<InvocationResult> => {
      bodies.push(...(event as SQSEvent).Records.map(({ body }) => body));
      return { outcome: 'success', payload: null };
    };
    const functions = new Map([['Import', { invoke }]]);
    const queueMappings = systemQueueMappings({ plan, clients, functions, log: () => undefined });
    for (const one of queueMappings.values()) {
      onTestFinished(() => one.stop());
      one.start();
    }
    await clients.sqs.send(new SendMessageCommand({ QueueUrl: plan.queues[0]?.url, MessageBody: 'hello' }));
    await untilDrained({ mappings: new Map(), queueMappings }, DRAIN_TIMEOUT_MS);
    expect(bodies).toEqual(['hello']);
  });

  it('is refused where the function may run longer than a message stays invisible', () => {
    const functions = new Map([['Import', { invoke: () => Promise.reject(new Error('not called')) }]]);
    const make = () => systemQueueMappings({ plan: planWith(61), clients, functions, log: () => undefined });
    expect(make).toThrow(/the queue.s visibility timeout is less than the function.s timeout/);
  });
});
