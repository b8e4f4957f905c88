import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { DynamoDBRecord } from 'aws-lambda';
import { indexDefinitions } from '../../handlers/deploy/index-definitions.ts';
import { installIndices } from '../../pipelines/search/admin/install-indices.ts';
import { consumerSettings } from '../builders/stream/consumer-settings.ts';
import { createOperationsTable, createTestTable } from '../integration/parts/table.ts';
import * as orderEvents from './drain-order-events.ts';
import * as searchIndex from './drain-search-index.ts';
import { startModelTable } from './model-table/model-table.ts';
import { onRealParts } from './real-parts.ts';
import { median, perSecond } from './statistics.ts';
import { insertsOf, requestOf, superstoreOrders } from './superstore-records.ts';

/** DynamoDB Local and the plain loop take some 10 ms and more for each. */
const ORDER_EVENTS = { count: 400, rounds: 3 };
/**
 * OpenSearch merges its segments when it likes, so that one round may take half as long again as another. The first batches of the lanes
 * have 2,000 records, and OpenSearch waits while the consumer reads them: of fewer records this start would be most of what is measured.
 */
const SEARCH_INDEX = { count: 5_000, rounds: 13 };
const { lanes: LANES } = consumerSettings('order-events');

/** One way to drain the records; each round gets orders of its own. What the first call prepares is not measured, the second is. */
type Variant = (records: readonly DynamoDBRecord[]) => () => Promise<void>;

/** Results of one variant: medians of the rounds after a warm-up. */
export interface DrainRate {
  readonly recordsPerSecond: number;
  /** What a record took of this process's processor; the servers are processes of their own. */
  readonly cpuMicroseconds: number;
}
export type DrainRates = Readonly<Record<string, DrainRate>>;

export interface Drained {
  readonly searchIndex: DrainRates;
  readonly orderEvents: DrainRates;
  /**
   * The same on a table that is not the bound, as AWS's is not: the simulation's model of it, and every request to it and to the
   * topic delayed as a network does and loopback does not.
   */
  readonly orderEventsUnbound: DrainRates;
}

/** What a request inside of one region takes at least. */
export const NETWORK_DELAY_MS = 5;

/** Drains superstore orders through both consumers and through the plain loops, on real parts. */
export const measureDrain = (): Promise<Drained> =>
  onRealParts(async ({ dynamoDb, sns, openSearch, topicArn, dynamoDbOptions, snsOptions }) => {
    const [tableName, operationsTableName] = [
      await createTestTable(dynamoDb),
      await createOperationsTable(dynamoDb),
    ];
    const sinks = { dynamoDb, sns, tableName, topicArn, operationsTableName };
    await using modelTable = await startModelTable(tableName, operationsTableName);
    const { endpoint } = modelTable;
    const unbound = {
      ...sinks,
      dynamoDb: new DynamoDBClient({ ...dynamoDbOptions, endpoint, requestHandler: delayed() }),
      sns: new SNSClient({ ...snsOptions, requestHandler: delayed() }),
    };
    await installIndices(openSearch, indexDefinitions);
    return {
      searchIndex: await rates(SEARCH_INDEX, async () => undefined, {
        consumer: (records) => () => searchIndex.throughConsumer(openSearch, records, LANES),
        'consumer, one lane': (records) => () => searchIndex.throughConsumer(openSearch, records, 1),
        'plain loop': (records) => () => searchIndex.byPlainLoop(openSearch, records),
        Powertools: (records) => () => searchIndex.byPowertools(openSearch, records, LANES),
        'bare bulk': (records) => {
          const documents = searchIndex.documentsOf(records);
          return () => searchIndex.byBareBulk(openSearch, documents, LANES);
        },
      }),
      orderEvents: await rates(
        ORDER_EVENTS,
        (requested) => orderEvents.stockUp(sinks, requested),
        orderEventsVariants(sinks),
      ),
      orderEventsUnbound: await rates(
        ORDER_EVENTS,
        (requested) => orderEvents.stockUp(unbound, requested),
        orderEventsVariants(unbound),
      ),
    };
  });

const orderEventsVariants = (sinks: orderEvents.OrderEventsSinks): Readonly<Record<string, Variant>> => ({
  consumer: (records) => () => orderEvents.throughConsumer(sinks, records, LANES),
  'consumer, one lane': (records) => () => orderEvents.throughConsumer(sinks, records, 1),
  'plain loop': (records) => () => orderEvents.byPlainLoop(sinks, records),
  Powertools: (records) => () => orderEvents.byPowertools(sinks, records, LANES),
});

/** A transport that waits before it sends, and is otherwise the SDK's own. */
const delayed = () => {
  const transport = new NodeHttpHandler();
  const send = transport.handle.bind(transport);
  return Object.assign(transport, {
    handle: async (...request: Parameters<typeof send>) => {
      await sleep(NETWORK_DELAY_MS);
      return send(...request);
    },
  });
};

let runs = 0;

async function rates(
  { count, rounds }: { readonly count: number; readonly rounds: number },
  prepare: (requested: ReadonlyMap<string, number>) => Promise<void>,
  variants: Readonly<Record<string, Variant>>,
): Promise<DrainRates> {
  const measured = new Map<string, DrainRate[]>();
  const all = Object.entries(variants);
  for (let round = 0; round <= rounds; round += 1) {
    // Each round begins with another variant, so that none always follows the same one.
    const first = round % all.length;
    for (const [name, variant] of [...all.slice(first), ...all.slice(0, first)]) {
      runs += 1;
      const orders = await superstoreOrders(count, runs);
      await prepare(requestOf(orders));
      const drain = variant(insertsOf(orders));
      const cpuBefore = process.cpuUsage();
      const startedAt = performance.now();
      await drain();
      const recordsPerSecond = perSecond(count, performance.now() - startedAt);
      const { user, system } = process.cpuUsage(cpuBefore);
      const rate = { recordsPerSecond, cpuMicroseconds: (user + system) / count };
      if (round > 0) measured.set(name, [...(measured.get(name) ?? []), rate]);
    }
  }
  return Object.fromEntries(all.map(([name]) => [name, medianOf(measured.get(name) ?? [])]));
}

const medianOf = (all: readonly DrainRate[]): DrainRate => ({
  recordsPerSecond: median(all.map((one) => one.recordsPerSecond)),
  cpuMicroseconds: median(all.map((one) => one.cpuMicroseconds)),
});
