import { settleAll } from '../aws/settle-all.ts';
import { namedSinkError, TABLE } from '../aws/sink-errors.ts';
import type { ChangeOf } from '../stream/stream-change.ts';
import type { StreamConsumer } from '../stream/stream-consumer.ts';

/** An effect of the change of an order. Idempotent: any change may arrive twice, late, or out of order. */
export interface OrderHandler {
  handle(change: ChangeOf<'Order'>, signal: AbortSignal): Promise<void>;
}

/** A complete batch at once, so that the handlers' batch requests are full. */
const ORDERS_AT_ONCE_MAX = 100;

/**
 * The consumer that turns changes of orders into effects. All handlers get each change at the same time and none waits for
 * another: when one of them fails, Lambda delivers the record again and the others find their effect done.
 */
export function orderEventsConsumer(handlers: readonly OrderHandler[]): StreamConsumer {
  return {
    name: 'order-events',
    delivery: 'every-change',
    concurrencyMax: ORDERS_AT_ONCE_MAX,
    handle: async (change, signal) => {
      if (change.entityType !== 'Order') return;
      await settleAll(
        handlers.map((handler) =>
          // The topic names itself; all else that the handlers call is the table.
          handler.handle(change, signal).catch((error: unknown) => {
            throw namedSinkError(error, TABLE);
          }),
        ),
      );
    },
  };
}
