import type { MappingLag, Throughput, ThroughputSeries } from '../../../contracts/api/operators.ts';
import { ConsumerName } from '../../../contracts/stream.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { type Clock, instantOf, systemClock } from '../../../pipelines/clock.ts';
import { EVENT_TYPES, recordsHandled } from '../../../pipelines/status/consumer-metrics.ts';
import type { MetricStore } from '../aws-apis/metric-store.ts';
import type { EventSourceMapping } from '../event-source-mapping/event-source-mapping.ts';
import { STACK_NAME } from '../template/local-names.ts';

type Mappings = ReadonlyMap<string, Pick<EventSourceMapping, 'status'>>;

/** What is counted. A sample has a total of each, in this order. */
const COUNTED = ConsumerName.options.flatMap((consumer) =>
  EVENT_TYPES.map((eventType) => ({ consumer, eventType })),
);

const PERIOD_SECONDS = 1;
/** Two minutes have 120 periods, which need one more sample. */
const SAMPLES_MAX = 121;

/**
 * Reads every second the metric that a stack's throughput comes from, and remembers the last two minutes, so that a page that is opened has
 * a past to show.
 */
export class ThroughputHistory {
  readonly #mappings: Mappings;
  readonly #metrics: Pick<MetricStore, 'total'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #timer: NodeJS.Timeout;
  #samples: readonly (readonly number[])[] = [];
  #lastAtMs = 0;

  constructor(
    mappings: Mappings,
    metrics: Pick<MetricStore, 'total'>,
    clock: Pick<Clock, 'now'> = systemClock,
  ) {
    this.#mappings = mappings;
    this.#metrics = metrics;
    this.#clock = clock;
    this.sample();
    this.#timer = setInterval(() => this.sample(), PERIOD_SECONDS * MS_PER_SECOND).unref();
  }

  /** Ends a period; the timer does it every second. */
  sample(): void {
    const totals = COUNTED.map((counted) =>
      this.#metrics.total(recordsHandled({ service: STACK_NAME, ...counted })),
    );
    this.#samples = [...this.#samples, totals].slice(-SAMPLES_MAX);
    this.#lastAtMs = this.#clock.now().getTime();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  view(): Throughput {
    const periods = this.#samples.length - 1;
    const fromMs = this.#lastAtMs - periods * PERIOD_SECONDS * MS_PER_SECOND;
    return {
      lags: [...this.#mappings.keys()].flatMap((id) => this.#lagsOf(id)),
      from: instantOf(new Date(fromMs)),
      periodSeconds: PERIOD_SECONDS,
      series: this.#series(),
    };
  }

  #lagsOf(id: string): MappingLag[] {
    const shards = this.#mappings.get(id)?.status() ?? [];
    return shards.map(({ shardId, state, recordsWaiting, millisBehind, retries }) => ({
      mapping: consumerOf(id),
      secondsBehind: Math.round(millisBehind / MS_PER_SECOND),
      ...{ shardId, state, recordsWaiting, retries },
    }));
  }

  /** Of each consumer and event type that has any record. */
  #series(): ThroughputSeries[] {
    return COUNTED.flatMap((counted, place) => {
      const totals = this.#samples.map((sample) => sample[place] ?? 0);
      if (totals.at(-1) === 0) return [];
      const perSecond = totals
        .slice(1)
        .map((total, index) => (total - (totals[index] ?? 0)) / PERIOD_SECONDS);
      return [{ ...counted, perSecond }];
    });
  }
}

/** `OrderEventsMapping` is the mapping of `order-events`. */
export const consumerOf = (logicalId: string): string =>
  logicalId
    .replace(/Mapping$/, '')
    .replaceAll(/(?<=[a-z])[A-Z]/g, (capital) => `-${capital}`)
    .toLowerCase();
