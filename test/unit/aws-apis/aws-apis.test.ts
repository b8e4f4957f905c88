import { CloudWatchClient, GetMetricDataCommand, type MetricStat } from '@aws-sdk/client-cloudwatch';
import {
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsApis, startAwsApis } from '../../../infra/local/aws-apis/aws-apis.ts';
import { MetricStore } from '../../../infra/local/aws-apis/metric-store.ts';
import {
  MappingInTransitionError,
  type MappingState,
} from '../../../infra/local/event-source-mapping/event-source-mapping.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../../infra/local/machine/region.ts';
import { aMapping } from '../../builders/stream/event-source-mapping.ts';

const settings = aMapping({ maximumRecordAgeInSeconds: 21_600 });
const CHANGED_AT = new Date('2026-03-01T12:00:00.500Z');
let state: MappingState = 'Enabled';
const change = (next: MappingState) => (): void => {
  if (state === 'Disabling') throw new MappingInTransitionError('The state is Disabling');
  state = next;
};
const mapping = {
  settings,
  get state() {
    return state;
  },
  lastModified: CHANGED_AT,
  lastProcessingResult: 'PROBLEM: Function call failed',
  pause: change('Disabling'),
  resume: change('Enabled'),
} as const;

const metrics = new MetricStore();
let apis: AwsApis;
let cloudWatch: CloudWatchClient;
let lambda: LambdaClient;
beforeAll(async () => {
  apis = await startAwsApis({ metrics, mappings: () => new Map([['OrderEventsMapping', mapping]]) });
  const config = { endpoint: apis.url, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS };
  cloudWatch = new CloudWatchClient(config);
  lambda = new LambdaClient(config);
});
afterAll(async () => {
  cloudWatch.destroy();
  lambda.destroy();
  await apis.stop();
});

const ask = (stat: MetricStat, atMs: number, more: object = {}) =>
  cloudWatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(atMs - 600_000),
      EndTime: new Date(atMs + 60_000),
      MetricDataQueries: [{ Id: 'one', MetricStat: stat }],
      ...more,
    }),
  );

describe('the local CloudWatch', () => {
  const atMs = Date.parse('2026-03-01T12:00:00.000Z');
  const stat = {
    Metric: { Namespace: 'n', MetricName: 'm', Dimensions: [{ Name: 'a', Value: '1' }] },
    Period: 60,
    Stat: 'Sum',
  };

  it('responds to GetMetricData with the latest point first, or in the requested order', async () => {
    const metric = { namespace: 'n', name: 'm', dimensions: { a: '1' } };
    metrics.record(metric, 3, atMs - 60_000);
    metrics.record(metric, 5, atMs);
    const { MetricDataResults } = await ask(stat, atMs);
    expect(MetricDataResults).toMatchObject([
      {
        Id: 'one',
        StatusCode: 'Complete',
        Timestamps: [new Date(atMs), new Date(atMs - 60_000)],
        Values: [5, 3],
      },
    ]);
    const ascending = await ask(stat, atMs, { ScanBy: 'TimestampAscending' });
    expect(ascending.MetricDataResults?.[0]?.Values).toEqual([3, 5]);
  });

  it('refuses what it does not have', async () => {
    await expect(ask({ ...stat, Stat: 'p99' }, atMs)).rejects.toThrow(/Stat/);
  });
});

describe('the local Lambda API', () => {
  it('describes a mapping by its id, and those of a function', async () => {
    state = 'Enabled';
    const described = {
      UUID: settings.id,
      State: 'Enabled',
      LastModified: CHANGED_AT,
      LastProcessingResult: 'PROBLEM: Function call failed',
      MaximumRecordAgeInSeconds: 21_600,
    };
    expect(await lambda.send(new GetEventSourceMappingCommand({ UUID: settings.id }))).toMatchObject(
      described,
    );
    const list = (FunctionName: string) => lambda.send(new ListEventSourceMappingsCommand({ FunctionName }));
    expect((await list('OrderEventsFunction')).EventSourceMappings).toMatchObject([described]);
    expect((await list('EventsFunction')).EventSourceMappings).toEqual([]);
  });

  it('does not know other mappings', async () => {
    await expect(lambda.send(new GetEventSourceMappingCommand({ UUID: 'other' }))).rejects.toThrow(
      ResourceNotFoundException,
    );
  });

  it('pauses and resumes a mapping, and refuses while its state changes', async () => {
    const update = (Enabled: boolean) =>
      lambda.send(new UpdateEventSourceMappingCommand({ UUID: settings.id, Enabled }));
    state = 'Enabled';
    expect(await update(false)).toMatchObject({ State: 'Disabling' });
    await expect(update(true)).rejects.toThrow(ResourceInUseException);
    state = 'Disabled';
    expect(await update(true)).toMatchObject({ State: 'Enabled' });
  });
});
