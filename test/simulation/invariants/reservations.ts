import { type OrderStatus, STATUS_TRANSITIONS } from '../../../contracts/order-status.ts';
import type { Image } from '../models/attribute-value.ts';
import type { Change, Database } from '../models/table.ts';
import { InvariantViolation, type Observer } from '../observer.ts';
import { TABLE } from '../places.ts';
import { isMalformed, isOf, numberOf, placeOf, textOf } from './images.ts';

/**
 * At each step: an order between its creation and its removal is reserved for at most once, and an older one of its id holds nothing
 * when it is created; a status only changes to one that may follow; an order is confirmed only while stock is reserved for this
 * version of it; versions only rise.
 */
export class LifeInvariant implements Observer {
  readonly #database: Database;
  readonly #creations = new Map<string, number>();
  readonly #reserved = new Map<string, number>();
  readonly #versions = new Map<string, number>();

  constructor(database: Database) {
    this.#database = database;
  }

  committed(changes: readonly Change[]): void {
    for (const change of changes) {
      this.#checkVersion(change);
      const { before, after } = change;
      if (isOf(after, 'Order') && after !== undefined) this.#checkOrder(before, after);
      if (isOf(after, 'Reservation') && after !== undefined) this.#checkReservation(before, after);
    }
  }

  #checkVersion({ before, after }: Change): void {
    const image = after ?? before;
    if (isMalformed(image) || isMalformed(before)) return;
    const place = placeOf(image);
    const version = after === undefined ? numberOf(before, 'version') + 1 : numberOf(after, 'version');
    const known = this.#versions.get(place) ?? 0;
    if (version <= known && JSON.stringify(before) !== JSON.stringify(after))
      throw new InvariantViolation('versions rise', `${place} was at ${known} and is written as ${version}`);
    this.#versions.set(place, version);
  }

  #checkOrder(before: Image | undefined, after: Image): void {
    const orderId = textOf(after, 'orderId');
    // Nothing was reserved for a malformed item. After its repair it may be reserved for again.
    const key = { pk: { S: `ORDER#${orderId}` }, sk: { S: 'RESERVATION' } };
    const reservation = this.#database.item(TABLE, key);
    const state = textOf(reservation, 'state');
    if (before === undefined && state === 'RESERVED')
      throw new InvariantViolation(
        'a new order holds nothing',
        `${orderId} is created while an older one holds stock`,
      );
    if (before === undefined || isMalformed(before))
      this.#creations.set(orderId, (this.#creations.get(orderId) ?? 0) + 1);
    const [from, to] = [textOf(before, 'status'), textOf(after, 'status')];
    if (!isOf(before, 'Order') || from === to) return;
    if (!STATUS_TRANSITIONS[from as OrderStatus].includes(to as OrderStatus))
      throw new InvariantViolation('statuses only advance', `${orderId} went from ${from} to ${to}`);
    if (to !== 'confirmed') return;
    const [version, reservedFor] = [numberOf(before, 'version'), numberOf(reservation, 'orderVersion')];
    if (state !== 'RESERVED' || reservedFor < version)
      throw new InvariantViolation(
        'confirmed only when reserved',
        `${orderId} is confirmed at ${version}, its reservation is ${state} for ${reservedFor}`,
      );
  }

  #checkReservation(before: Image | undefined, after: Image): void {
    if (textOf(after, 'state') !== 'RESERVED' || textOf(before, 'state') === 'RESERVED') return;
    const orderId = textOf(after, 'orderId');
    const times = (this.#reserved.get(orderId) ?? 0) + 1;
    this.#reserved.set(orderId, times);
    if (times > (this.#creations.get(orderId) ?? 0))
      throw new InvariantViolation('reservation once', `${orderId} was reserved for ${times} times`);
  }
}
