import type { _Record as SdkRecord } from '@aws-sdk/client-dynamodb-streams';
import { Version } from '../../contracts/ids.ts';
import { objectCreated } from '../../infra/local/object-notifications/object-created.ts';
import type { Clock } from '../../pipelines/clock.ts';
import {
  INDEX_NAMES,
  readAlias,
  shadowAlias,
  versionedIndex,
  writeAlias,
} from '../../pipelines/search/index-names.ts';
import { QUEUE_URLS } from '../builders/stream/consumer-settings.ts';
import { type Clients, clientsOf, type Services } from './clients.ts';
import type { Config } from './config.ts';
import type { Faults } from './faults.ts';
import { Host, type Net } from './host.ts';
import type { Image } from './models/attribute-value.ts';
import { BucketsModel } from './models/buckets.ts';
import { QueuesModel } from './models/queues.ts';
import { SearchClusterModel } from './models/search-cluster.ts';
import { StreamModel } from './models/stream.ts';
import { type Change, Database } from './models/table.ts';
import { TopicModel } from './models/topic.ts';
import { InvariantViolation, type Observer } from './observer.ts';
import {
  CONSUMERS,
  IDEMPOTENCY_SCHEMA,
  IDEMPOTENCY_TABLE,
  OPERATIONS_SCHEMA,
  OPERATIONS_TABLE,
  PARKED_QUEUE_URL,
  PLACES,
  SUBSCRIBER_QUEUE_URL,
  TABLE,
  TABLE_SCHEMA,
} from './places.ts';
import { hashOf } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Seams } from './seams.ts';

/** The parts of a world. */
export interface WorldOptions {
  readonly seed: number;
  readonly config: Config;
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly seams: Seams;
}

const ON_FAILURE_PREFIX = 'aws/lambda/';

/** All that a run's processes share: the models, the time, and those who watch. */
export class World {
  readonly seed: number;
  readonly config: Config;
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly seams: Seams;
  readonly services: Services;
  readonly clock: Clock;
  readonly outages = new Set<string>();
  /** How often the backfill was started. */
  backfillRuns = 0;
  readonly #net: Net;
  readonly #observers: Observer[] = [];
  #violation: InvariantViolation | undefined;
  #isExpiring = false;
  #isSubscribed = false;
  #onStream: () => void = () => undefined;
  #onBatch: (body: string) => void = () => undefined;

  constructor({ seed, config, scheduler, faults, seams }: WorldOptions) {
    this.seed = seed;
    this.config = config;
    this.scheduler = scheduler;
    this.faults = faults;
    this.seams = seams;
    const { latencyMsMax } = config;
    this.#net = { seed, scheduler, faults, outages: this.outages, counts: new Map(), latencyMsMax };
    this.clock = {
      now: () => new Date(scheduler.nowMs),
      firstVersion: () => Version.parse(scheduler.nowMicros),
    };
    const nowMs = (): number => scheduler.nowMs;
    this.services = {
      database: new Database(nowMs, (changes) => this.#committed(changes), config.database),
      stream: new StreamModel(nowMs, config),
      queues: new QueuesModel(nowMs, (change) => this.report((observer) => observer.queued?.(change))),
      topic: new TopicModel((body) => this.#published(body)),
      buckets: new BucketsModel((bucket, key, body) => this.#notifyOfObject(bucket, key, body)),
      search: new SearchClusterModel(nowMs),
    };
    this.#furnish();
  }

  /** What was found to be untrue first; the run is over with it. */
  get violation(): InvariantViolation | undefined {
    return this.#violation;
  }

  watch(...observers: readonly Observer[]): void {
    this.#observers.push(...observers);
  }

  /** Lets every observer see something. What one of them throws ends the run, and is no error of the caller. */
  report(see: (observer: Observer) => void): void {
    for (const observer of this.#observers) {
      try {
        see(observer);
      } catch (error) {
        if (!(error instanceof InvariantViolation)) throw error;
        this.#violation ??= error;
      }
    }
  }

  fail(violation: InvariantViolation): void {
    this.#violation ??= violation;
  }

  newHost(role: string): Host {
    return new Host(role, this.#net);
  }

  clients(host: Host): Clients {
    return this.seams.clients(host.role, clientsOf(host, this.services));
  }

  /** Whether the queue of the new subscriber receives what the topic publishes. */
  get isSubscribed(): boolean {
    return this.#isSubscribed;
  }

  /** Subscribes the queue of the new subscriber to the topic. */
  subscribe(): void {
    this.#isSubscribed = true;
  }

  /** Has `wake` called for each new record or shard of the stream. */
  onStream(wake: () => void): void {
    this.#onStream = wake;
  }

  /** Has `take` called with the message of each batch that Lambda gives up, which is on its dead-letter queue too. */
  onBatch(take: (body: string) => void): void {
    this.#onBatch = take;
  }

  /** Notifies the readers of the stream that it has changed. */
  stirStream(): void {
    this.#onStream();
  }

  /** Removes an item as DynamoDB does once its `ttl` has passed. */
  expire(key: Image): void {
    this.#isExpiring = true;
    this.services.database.change(TABLE, key, undefined);
    this.#isExpiring = false;
  }

  #committed(changes: readonly Change[]): void {
    const ofOperations = changes.filter(({ tableName }) => tableName === OPERATIONS_TABLE);
    if (ofOperations.length > 0) this.report((observer) => observer.recorded?.(ofOperations));
    const ofTable = changes.filter(({ tableName }) => tableName === TABLE);
    if (ofTable.length === 0) return;
    this.report((observer) => observer.committed?.(ofTable));
    for (const change of ofTable) {
      const appended = this.services.stream.append(change, this.#isExpiring);
      if (appended === undefined) continue;
      const { record, shardId } = appended;
      this.report((observer) => observer.appended?.(record, shardId));
    }
    this.#onStream();
  }

  #published(body: string): void {
    this.report((observer) => observer.published?.(body));
    if (this.#isSubscribed) this.services.queues.send(SUBSCRIBER_QUEUE_URL, body);
  }

  #notifyOfObject(bucket: string, key: string, body: string): void {
    const consumer = CONSUMERS.find((name) => PLACES[name].deadLetterBucket === bucket);
    if (consumer === undefined || !key.startsWith(ON_FAILURE_PREFIX)) return;
    const message = objectCreated({
      bucket,
      key,
      size: Buffer.byteLength(body),
      eTag: hashOf(body).toString(16),
      sequencer: this.scheduler.nowMicros.toString(16),
      eventName: 'ObjectCreated:Put',
      createdAt: this.clock.now(),
    });
    const text = JSON.stringify(message);
    this.services.queues.send(PLACES[consumer].deadLetterQueueUrl, text);
    this.#onBatch(text);
  }

  #furnish(): void {
    const { database, queues, search } = this.services;
    database.createTable(TABLE, TABLE_SCHEMA);
    database.createTable(IDEMPOTENCY_TABLE, IDEMPOTENCY_SCHEMA);
    database.createTable(OPERATIONS_TABLE, OPERATIONS_SCHEMA);
    for (const consumer of CONSUMERS) queues.create(PLACES[consumer].deadLetterQueueUrl);
    queues.create(PARKED_QUEUE_URL);
    queues.create(SUBSCRIBER_QUEUE_URL);
    // For the handlers whose sink is a queue: their settings have the names of the template.
    for (const queueUrl of QUEUE_URLS) queues.create(queueUrl);
    for (const name of INDEX_NAMES) {
      search.createIndex(versionedIndex(name, 1), [readAlias(name), writeAlias(name)]);
      if (this.config.hasShadow) search.createIndex(versionedIndex(name, 2), [shadowAlias(name)]);
    }
  }
}

/** The place of a record in its shard. */
export const sequenceOf = ({ dynamodb }: SdkRecord): string => dynamodb?.SequenceNumber ?? '';
