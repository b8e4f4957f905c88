import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type ReservationState, reservationKey } from '../../contracts/entities/reservation.ts';
import type { OrderId } from '../../contracts/ids.ts';

/**
 * The check, in the transaction of a write, of the reservation of an order. In the condition `#state` is its state, and `:reserved` the one in
 * which it holds stock.
 */
export const checkReservation = (
  tableName: string,
  orderId: OrderId,
  ConditionExpression: string,
  values: Readonly<Record<string, unknown>> = {},
): TransactWriteItem => ({
  ConditionCheck: {
    TableName: tableName,
    Key: marshall(reservationKey(orderId)),
    ConditionExpression,
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: marshall({ ':reserved': 'RESERVED' satisfies ReservationState, ...values }),
  },
});
