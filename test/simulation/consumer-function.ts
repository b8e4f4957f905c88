import type { Context, DynamoDBStreamEvent } from 'aws-lambda';
import type { ConsumerName } from '../../contracts/stream.ts';
import type { InvocationResult } from '../../infra/local/event-source-mapping/batch-delivery.ts';
import { PermanentError } from '../../pipelines/errors.ts';
import { DeadLetterWrites } from '../../pipelines/operations/dead-letter-writes.ts';
import { orderEventsConsumer } from '../../pipelines/order-events/order-events.ts';
import { orderHandlers } from '../../pipelines/order-events/order-handlers.ts';
import { SearchIndex, searchIndexConsumer } from '../../pipelines/search/indexing/search-index.ts';
import { DeadLetterQueue } from '../../pipelines/stream/dead-letter-queue.ts';
import type { StreamConsumer } from '../../pipelines/stream/stream-consumer.ts';
import { emailHashes } from '../builders/email-hash.ts';
import type { Clients } from './clients.ts';
import type { Host } from './host.ts';
import { OPERATIONS_TABLE, PLACES, simulatedSettings } from './places.ts';
import type { World } from './world.ts';

interface Environment {
  readonly host: Host;
  readonly handler: (event: DynamoDBStreamEvent, context: Context) => Promise<unknown>;
  isBusy: boolean;
}

/** As in infra/template.yaml. */
const TIMEOUT_MS = 60_000;
/** As in handlers/stream/dependencies.ts. */
const RESERVE_MS = 20_000;
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * A stream consumer's Lambda function: execution environments that serve one invocation after the other and begin cold, each
 * put together as handlers/stream does it. An invocation ends with its response, at its time limit, or with its process.
 */
export class ConsumerFunction {
  readonly #consumer: ConsumerName;
  readonly #world: World;
  readonly #environments: Environment[] = [];
  #invocations = 0;

  constructor(consumer: ConsumerName, world: World) {
    this.#consumer = consumer;
    this.#world = world;
  }

  invoke(event: DynamoDBStreamEvent): Promise<InvocationResult> {
    const { scheduler } = this.#world;
    const environment =
      this.#environments.find(({ host, isBusy }) => host.isAlive && !isBusy) ?? this.#start();
    const { promise, resolve } = Promise.withResolvers<InvocationResult>();
    environment.isBusy = true;
    this.#invocations += 1;
    const endsAtMs = scheduler.nowMs + TIMEOUT_MS;
    const deadline = scheduler.after(TIMEOUT_MS, `${this.#consumer} is out of time`, () =>
      environment.host.crash('the invocation is out of time'),
    );
    const end = (result: InvocationResult): void => {
      deadline.isCancelled = true;
      environment.isBusy = false;
      resolve(result);
    };
    environment.host.onCrash(() =>
      end({ outcome: 'function-error', errorType: 'Runtime.ExitError', payload: null }),
    );
    const context = {
      awsRequestId: `request-${this.#invocations}`,
      getRemainingTimeInMillis: () => endsAtMs - scheduler.nowMs,
    };
    // An event comes over the network, so no consumer can change the stream's own records. Only this of the context is used.
    environment.handler(asJson(event), context as Context).then(
      (payload) => end({ outcome: 'success', payload: asJson(payload) }),
      (error: unknown) => {
        const errorType = error instanceof Error ? error.name : 'unknown';
        end({ outcome: 'function-error', errorType, payload: null });
      },
    );
    return promise;
  }

  #start(): Environment {
    const { seams, clock } = this.#world;
    const host = this.#world.newHost(this.#consumer);
    const clients = this.#world.clients(host);
    const { deadLetterQueueUrl: queueUrl, deadLetterBucket: bucket } = PLACES[this.#consumer];
    const { sqs, s3, dynamoDb } = clients;
    const store = new DeadLetterWrites({ dynamoDb, operationsTableName: OPERATIONS_TABLE, clock });
    const deps = {
      consumer: this.#watched(this.#newConsumer(clients), host),
      deadLetters: seams.deadLetters(
        new DeadLetterQueue({ sqs, s3, queueUrl, bucket, consumer: this.#consumer, store, clock }),
      ),
      // Nothing follows from what it writes, and its time limit is the machine's.
      failures: { write: async () => undefined },
      logger: SILENT,
      metrics: { publish: () => undefined },
      trace: { begin: () => () => undefined },
      clock,
      reserveMs: RESERVE_MS,
    };
    const environment: Environment = {
      host,
      handler: (event, context) => seams.consume(event, context, deps),
      isBusy: false,
    };
    this.#environments.push(environment);
    return environment;
  }

  #newConsumer(clients: Clients): StreamConsumer {
    const { seams, clock, config } = this.#world;
    if (this.#consumer === 'search-index')
      return searchIndexConsumer(new SearchIndex({ emailHash: emailHashes, client: clients.openSearch }));
    const handlers = orderHandlers({ ...clients, ...simulatedSettings(config), clock });
    return orderEventsConsumer(seams.orderHandlers(handlers, clients));
  }

  #watched(consumer: StreamConsumer, host: Host): StreamConsumer {
    const { name } = consumer;
    const report = (what: 'handling' | 'handled', change: Parameters<StreamConsumer['handle']>[0]): void => {
      if (host.isAlive) this.#world.report((observer) => observer[what]?.(name, change));
    };
    return {
      ...consumer,
      handle: async (change, signal) => {
        report('handling', change);
        try {
          await consumer.handle(change, signal);
          report('handled', change);
        } catch (error) {
          if (error instanceof PermanentError) report('handled', change);
          throw error;
        }
      },
    };
  }
}

const asJson = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value ?? null)) as Value;
