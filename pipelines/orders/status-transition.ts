import { type OrderStatus, STATUS_TRANSITIONS } from '../../contracts/items/order-status.ts';
import { IllegalTransitionError } from '../core/request-errors.ts';

/**
 * Checks that an order's status may become another.
 *
 * @throws IllegalTransitionError saying which ones it may become.
 */
export function checkTransition(from: OrderStatus, to: OrderStatus): void {
  const allowed = STATUS_TRANSITIONS[from];
  if (!allowed.includes(to)) throw new IllegalTransitionError(from, to, allowed);
}
