import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import {
  type EventSourceMapping,
  MappingInTransitionError,
} from '../event-source-mapping/event-source-mapping.ts';
import { LOCAL_HOST } from '../machine/free-port.ts';
import { type MetricStore, Statistic } from './metric-store.ts';

/** The mappings on streams, by logical id. */
type Mappings = ReadonlyMap<
  string,
  Pick<
    EventSourceMapping,
    'settings' | 'state' | 'lastModified' | 'lastProcessingResult' | 'pause' | 'resume'
  >
>;
type Mapping = Mappings extends ReadonlyMap<string, infer One> ? One : never;

/** What the APIs report. The mappings are created later than the functions that call the APIs. */
export interface AwsApisSource {
  readonly metrics: MetricStore;
  readonly mappings: () => Mappings;
}

/** A running server of the APIs. */
export interface AwsApis {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Serves the part of CloudWatch and of Lambda that operators' code uses, on 127.0.0.1: GetMetricData, GetEventSourceMapping,
 * ListEventSourceMappings and UpdateEventSourceMapping with `Enabled`. The SDK speaks AWS JSON 1.0 to CloudWatch and REST to Lambda.
 */
export async function startAwsApis(source: AwsApisSource): Promise<AwsApis> {
  const app = Fastify({ forceCloseConnections: true, routerOptions: { ignoreTrailingSlash: true } });
  app.addContentTypeParser(
    'application/x-amz-json-1.0',
    { parseAs: 'string' },
    app.getDefaultJsonParser('error', 'error'),
  );
  serveCloudWatch(app, source.metrics);
  serveLambda(app, source.mappings);
  const url = await app.listen({ host: LOCAL_HOST, port: 0 });
  return { url, stop: () => app.close() };
}

const SECONDS_PER_MINUTE = 60;
const GetMetricData = z.object({
  StartTime: z.number(),
  EndTime: z.number(),
  ScanBy: z.enum(['TimestampAscending', 'TimestampDescending']).default('TimestampDescending'),
  MetricDataQueries: z.array(
    z.strictObject({
      Id: z.string(),
      MetricStat: z.strictObject({
        Metric: z.strictObject({
          Namespace: z.string(),
          MetricName: z.string(),
          Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })).default([]),
        }),
        Period: z.int().min(SECONDS_PER_MINUTE).multipleOf(SECONDS_PER_MINUTE),
        Stat: Statistic,
      }),
    }),
  ),
});
type MetricQuery = z.infer<typeof GetMetricData>['MetricDataQueries'][number];
const GET_METRIC_DATA = 'GraniteServiceVersion20100801.GetMetricData';

/** See https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html. */
function serveCloudWatch(app: FastifyInstance, metrics: MetricStore): void {
  app.post('/', async (request, reply) => {
    if (request.headers['x-amz-target'] !== GET_METRIC_DATA)
      return refuse(reply, 400, 'UnknownOperationException', 'The local CloudWatch has GetMetricData only');
    const parsed = read(GetMetricData, request.body);
    if (!parsed.success) return refuse(reply, 400, 'InvalidParameterValueException', parsed.error.message);
    const { StartTime, EndTime, ScanBy, MetricDataQueries } = parsed.data;
    const results = MetricDataQueries.map(({ Id, MetricStat }) => {
      const { timesMs, values } = pointsOf(metrics, MetricStat, StartTime, EndTime);
      const isDescending = ScanBy === 'TimestampDescending';
      const seconds = timesMs.map((timeMs) => timeMs / MS_PER_SECOND);
      return {
        Id,
        Label: MetricStat.Metric.MetricName,
        StatusCode: 'Complete',
        Timestamps: isDescending ? seconds.toReversed() : seconds,
        Values: isDescending ? values.toReversed() : values,
      };
    });
    return reply.send({ MetricDataResults: results, Messages: [] });
  });
}

function pointsOf(
  metrics: MetricStore,
  { Metric, Period, Stat }: MetricQuery['MetricStat'],
  startSeconds: number,
  endSeconds: number,
) {
  const dimensions = Object.fromEntries(Metric.Dimensions.map(({ Name, Value }) => [Name, Value]));
  const metric = { namespace: Metric.Namespace, name: Metric.MetricName, dimensions };
  return metrics.points(metric, Stat, Period, startSeconds * MS_PER_SECOND, endSeconds * MS_PER_SECOND);
}

const MAPPINGS_PATH = '/2015-03-31/event-source-mappings';
const ListQuery = z.object({ FunctionName: z.string().optional() });
const ById = z.object({ id: z.string() });
const Update = z.strictObject({ Enabled: z.boolean() });

/** See https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html. */
function serveLambda(app: FastifyInstance, mappings: () => Mappings): void {
  const all = (): readonly Mapping[] => [...mappings().values()];
  const find = (params: unknown): Mapping | undefined => {
    const id = read(ById, params).data?.id;
    return all().find(({ settings }) => settings.id === id);
  };
  app.get(MAPPINGS_PATH, async (request) => {
    const { FunctionName } = read(ListQuery, request.query).data ?? {};
    const listed = all().filter(
      ({ settings: { functionArn } }) =>
        FunctionName === undefined ||
        functionArn === FunctionName ||
        functionArn.endsWith(`:${FunctionName}`),
    );
    return { EventSourceMappings: listed.map(configurationOf) };
  });
  app.get(`${MAPPINGS_PATH}/:id`, async (request, reply) => {
    const mapping = find(request.params);
    return mapping === undefined ? notFound(reply) : reply.send(configurationOf(mapping));
  });
  app.put(`${MAPPINGS_PATH}/:id`, async (request, reply) => {
    const mapping = find(request.params);
    if (mapping === undefined) return notFound(reply);
    const update = read(Update, request.body);
    if (!update.success) return refuse(reply, 400, 'InvalidParameterValueException', update.error.message);
    try {
      if (update.data.Enabled) mapping.resume();
      else mapping.pause();
    } catch (error) {
      if (!(error instanceof MappingInTransitionError)) throw error;
      return refuse(reply, 400, 'ResourceInUseException', error.message);
    }
    return reply.code(202).send(configurationOf(mapping));
  });
}

const configurationOf = ({ settings, state, lastModified, lastProcessingResult }: Mapping) => ({
  UUID: settings.id,
  FunctionArn: settings.functionArn,
  EventSourceArn: settings.streamArn,
  State: state,
  StateTransitionReason: 'User action',
  LastModified: lastModified.getTime() / MS_PER_SECOND,
  LastProcessingResult: lastProcessingResult,
  BatchSize: settings.batchSize,
  MaximumRecordAgeInSeconds: settings.maximumRecordAgeInSeconds,
  MaximumRetryAttempts: settings.maximumRetryAttempts,
  ParallelizationFactor: settings.parallelizationFactor,
});

const notFound = (reply: FastifyReply): FastifyReply =>
  refuse(reply, 404, 'ResourceNotFoundException', 'The resource you requested does not exist.');

const refuse = (reply: FastifyReply, status: number, type: string, message: string): FastifyReply =>
  reply.code(status).header('x-amzn-errortype', type).send({ __type: type, message });
