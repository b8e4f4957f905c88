import type { ConsumerName } from '../../contracts/stream.ts';
import type { BackfillDeps } from '../../pipelines/backfill/backfill.ts';
import type { ReplayConsumer } from '../../pipelines/dead-letters/replay/replay-dead-letter.ts';
import type { OrderHandler } from '../../pipelines/order-events/order-events.ts';
import { consume } from '../../pipelines/stream/consume.ts';
import type { DeadLetterQueue } from '../../pipelines/stream/dead-letter-queue.ts';
import type { Clients } from './clients.ts';

/** Where a bug can be planted: the places at which the parts under test are put together. */
export interface Seams {
  /** The clients of a process; `role` is a consumer's name, `redrive`, `api` or a mapping. */
  readonly clients: (role: string, clients: Clients) => Clients;
  readonly orderHandlers: (handlers: readonly OrderHandler[], clients: Clients) => readonly OrderHandler[];
  readonly deadLetters: (queue: Pick<DeadLetterQueue, 'accept'>) => Pick<DeadLetterQueue, 'accept'>;
  readonly consume: typeof consume;
  readonly backfill: (deps: BackfillDeps) => BackfillDeps;
  readonly replayConsumers: (
    consumers: Readonly<Record<ConsumerName, ReplayConsumer>>,
    clients: Clients,
  ) => Readonly<Record<ConsumerName, ReplayConsumer>>;
}

/** The parts as they are. */
export const SOUND: Seams = {
  clients: (_, clients) => clients,
  orderHandlers: (handlers) => handlers,
  deadLetters: (queue) => queue,
  consume,
  backfill: (deps) => deps,
  replayConsumers: (consumers) => consumers,
};
