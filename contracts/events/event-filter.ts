import { OrderStatus } from '../order-status.ts';
import type { NotificationType } from './order-notification.ts';

/** The types whose events have some statuses only. */
const STATUSES: Readonly<Partial<Record<NotificationType, readonly OrderStatus[]>>> = {
  'order.status-changed': OrderStatus.options.filter(
    (status) => status !== 'placed' && status !== 'rejected',
  ),
  'order.rejected': ['rejected'],
  'order.high-value': ['placed'],
};

/** Whether events of a type can have a status. */
export const canHaveStatus = (type: NotificationType, status: OrderStatus): boolean =>
  STATUSES[type]?.includes(status) ?? true;

/**
 * Of the types and statuses of a filter, those that match no event together with the others, such as `rejected` beside
 * `order.status-changed`. An empty list filters nothing.
 */
export function matchless(
  types: readonly NotificationType[],
  statuses: readonly OrderStatus[],
): readonly string[] {
  if (types.length === 0 || statuses.length === 0) return [];
  return [
    ...types.filter((type) => !statuses.some((status) => canHaveStatus(type, status))),
    ...statuses.filter((status) => !types.some((type) => canHaveStatus(type, status))),
  ];
}

/** What a person needs to know about {@link matchless}. */
export const matchlessText = (names: readonly string[]): string =>
  `${names.join(' and ')} would match no event: docs/events.md lists the statuses of each type`;
