import { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { MS_PER_DAY } from '../../contracts/units.ts';
import { type Clock, instantOf, systemClock } from '../../pipelines/clock.ts';
import { TransientError } from '../../pipelines/errors.ts';
import { cancelStaleOrders } from '../../pipelines/orders/cancel-stale-orders.ts';
import type { OrderRetention } from '../../pipelines/orders/retention.ts';
import type { StatusSpread } from '../../pipelines/orders/status-index.ts';
import { dynamoDb } from '../clients.ts';
import { environment } from '../environment.ts';
import { functionHandler } from '../http/function-handler.ts';
import { loggableError } from '../http/problem.ts';

/** The dependencies of the function. */
export interface CancelStaleOrdersFunctionDeps extends OrderRetention, StatusSpread {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Days after which an order that is still `placed` is stale. */
  readonly staleOrderDays: number;
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

function cancelStaleOrdersDeps(): CancelStaleOrdersFunctionDeps {
  const env = environment('TABLE_NAME', 'ORDER_RETENTION_DAYS', 'STALE_ORDER_DAYS', 'STATUS_PARTITIONS');
  return {
    dynamoDb: dynamoDb(),
    tableName: env.TABLE_NAME,
    clock: systemClock,
    logger: new Logger(),
    retentionDays: env.ORDER_RETENTION_DAYS,
    statusPartitions: env.STATUS_PARTITIONS,
    staleOrderDays: env.STALE_ORDER_DAYS,
  };
}

export const handler = functionHandler(() => cancelStaleOrdersHandler(cancelStaleOrdersDeps()));
