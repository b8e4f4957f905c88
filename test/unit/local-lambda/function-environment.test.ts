import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { expect, it, vi } from 'vitest';
import { functionEnvironment } from '../../../infra/local/lambda/function-environment.ts';
import { localPlan } from '../../../infra/local/plan/local-plan.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { PLAN_PARAMETERS } from '../../builders/plan-parameters.ts';

const [definition] = localPlan(readTemplate(), PLAN_PARAMETERS, '').functions;
const endpoints = {
  dynamoDb: 'http://127.0.0.1:8000',
  messaging: 'http://127.0.0.1:4566',
  openSearch: 'http://127.0.0.1:9200',
  mail: 'http://127.0.0.1:1025',
  api: 'http://127.0.0.1:1025',
  awsApis: 'http://127.0.0.1:1026',
};

it('sends what is for a local part to that part, and nothing off this machine', async () => {
  const environment = definition && functionEnvironment(definition, endpoints, new Map());
  for (const [name, value] of Object.entries(environment ?? {})) vi.stubEnv(name, value);
  expect(environment).toMatchObject({ AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamoDb });
  const metrics = new GetMetricDataCommand({
    StartTime: new Date('2026-03-01T12:00:00Z'),
    EndTime: new Date('2026-03-01T13:00:00Z'),
    MetricDataQueries: [],
  });
  await expect(new CloudWatchClient({ maxAttempts: 1 }).send(metrics)).rejects.toThrow('ECONNREFUSED');
});
