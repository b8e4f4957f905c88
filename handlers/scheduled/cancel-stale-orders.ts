import { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { type SettingsOf, text, wholeNumber } from '../../contracts/settings.ts';
import { MS_PER_DAY } from '../../contracts/units.ts';
import { type Clock, instantOf, systemClock } from '../../pipelines/clock.ts';
import { TransientError } from '../../pipelines/errors.ts';
import { cancelStaleOrders } from '../../pipelines/orders/cancel-stale-orders.ts';
import { orderRetention } from '../../pipelines/orders/retention.ts';
import { statusSpread } from '../../pipelines/orders/status-index.ts';
import { dynamoDb } from '../clients.ts';
import { settings } from '../environment.ts';
import { functionHandler } from '../http/function-handler.ts';
import { loggableError } from '../http/problem.ts';

const staleOrderSettings = {
  ...orderRetention,
  ...statusSpread,
  tableName: text,
  /** Days after which an order that is still `placed` is stale. */
  staleOrderDays: () => wholeNumber(1),
};

/** The dependencies of the function. */
export interface CancelStaleOrdersFunctionDeps extends SettingsOf<typeof staleOrderSettings> {
  readonly dynamoDb: DynamoDBClient;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** Some stale orders were not cancelled; the others were. */
export class StaleOrdersFailedError extends TransientError {
  override readonly code = 'stale-orders-failed';
  override readonly remedy =
    'None while it is rare: the next run tries again. If it lasts, examine the orders that the log names.';
}

/** The longest time that one order takes when its two requests use all their retries, in milliseconds. */
const RESERVE_MS = 30_000;

/**
 * Cancels stale orders, once for each event of the schedule. The next run cancels those that remain when the time ends.
 *
 * @throws StaleOrdersFailedError at the end, so that Lambda tries again and counts an error.
 */
export const cancelStaleOrdersHandler =
  ({ staleOrderDays, logger, ...deps }: CancelStaleOrdersFunctionDeps) =>
  async (_event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> => {
    const report = await cancelStaleOrders(
      {
        ...deps,
        onFailure: (error, orderId) =>
          logger.error('A stale order was not cancelled', { orderId, failure: loggableError(error) }),
      },
      {
        placedBefore: instantOf(new Date(deps.clock.now().getTime() - staleOrderDays * MS_PER_DAY)),
        hasTime: () => context.getRemainingTimeInMillis() > RESERVE_MS,
      },
    );
    if (report.hasMore) logger.warn('The time ended before all stale orders were cancelled', { report });
    else logger.info('Cancelled the stale orders', { report });
    if (report.failed > 0)
      throw new StaleOrdersFailedError(`${report.failed} stale orders were not cancelled`);
  };

export const handler = functionHandler(() =>
  cancelStaleOrdersHandler({
    ...settings(staleOrderSettings),
    dynamoDb: dynamoDb(),
    clock: systemClock,
    logger: new Logger(),
  }),
);
