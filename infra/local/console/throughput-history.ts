import type { MappingLag, Throughput, ThroughputSeries } from '../../../contracts/api/operators.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { type Clock, instantOf, systemClock } from '../../../pipelines/clock.ts';
import type { EventSourceMapping, HandledCounts } from '../event-source-mapping/event-source-mapping.ts';

type Mappings = ReadonlyMap<string, Pick<EventSourceMapping, 'status' | 'handled'>>;
type Sample = ReadonlyMap<string, HandledCounts>;

const PERIOD_SECONDS = 1;
/** Two minutes have 120 periods, which need one more sample. */
const SAMPLES_MAX = 121;

/** Looks at the mappings every second and remembers the last two minutes, so that a page that is opened has a past to show. */
export class ThroughputHistory {
  readonly #mappings: Mappings;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #timer: NodeJS.Timeout;
  #samples: readonly Sample[] = [];
  #lastAtMs = 0;

  constructor(mappings: Mappings, clock: Pick<Clock, 'now'> = systemClock) {
    this.#mappings = mappings;
    this.#clock = clock;
    this.sample();
    this.#timer = setInterval(() => this.sample(), PERIOD_SECONDS * MS_PER_SECOND).unref();
  }

  /** Ends a period; the timer does it every second. */
  sample(): void {
    const counts = new Map([...this.#mappings].map(([id, mapping]) => [id, mapping.handled()]));
    this.#samples = [...this.#samples, counts].slice(-SAMPLES_MAX);
    this.#lastAtMs = this.#clock.now().getTime();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  view(): Throughput {
    const periods = this.#samples.length - 1;
    const fromMs = this.#lastAtMs - periods * PERIOD_SECONDS * MS_PER_SECOND;
    const ids = [...this.#mappings.keys()];
    return {
      lags: ids.flatMap((id) => this.#lagsOf(id)),
      from: instantOf(new Date(fromMs)),
      periodSeconds: PERIOD_SECONDS,
      series: ids.flatMap((id) => this.#seriesOf(id)),
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

  #seriesOf(id: string): ThroughputSeries[] {
    const types = Object.keys(this.#samples.at(-1)?.get(id) ?? {}).toSorted();
    return types.map((eventType) => {
      const counts = this.#samples.map((sample) => sample.get(id)?.[eventType] ?? 0);
      const perSecond = counts
        .slice(1)
        .map((count, index) => (count - (counts[index] ?? 0)) / PERIOD_SECONDS);
      return { consumer: consumerOf(id), eventType, perSecond };
    });
  }
}

/** `OrderEventsMapping` is the mapping of `order-events`. */
export const consumerOf = (logicalId: string): string =>
  logicalId
    .replace(/Mapping$/, '')
    .replaceAll(/(?<=[a-z])[A-Z]/g, (capital) => `-${capital}`)
    .toLowerCase();
