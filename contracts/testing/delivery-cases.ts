import type { OrderNotification } from '../events/order-notification.ts';
import type { OrderStatus } from '../order-status.ts';
import { buildEvent, envelopeBody, rawBody } from './event-builder.ts';

/** What a subscriber keeps of an order after events of it. */
export type KnownStatus = OrderStatus | 'deleted';

/** Messages of one order as a queue may deliver them, and what a subscriber must have made of them. */
export interface DeliveryCase {
  /** A name for files. */
  readonly name: string;
  /** The rule of docs/events.md that the case is about. */
  readonly rule: string;
  readonly orderId: string;
  /** The bodies, in the order of delivery. */
  readonly bodies: readonly string[];
  /** Any of these is right. */
  readonly statuses: readonly KnownStatus[];
  /** The ids of the events whose action is due, each once. */
  readonly actions: readonly string[];
}

/** The first 24 characters of an order's id. The last two are the number of the case. */
const ORDER_PREFIX = '01KJMSY7G000000000000000';
const orderIdOf = (index: number): string => `${ORDER_PREFIX}${String(index).padStart(2, '0')}`;

interface CaseEvents {
  readonly bodies: readonly string[];
  readonly statuses: readonly KnownStatus[];
  /** The events whose action is due. */
  readonly due: readonly OrderNotification[];
}

type MakeCase = (orderId: string) => CaseEvents;

const placed = (subject: string, sequence = '10') => buildEvent('order.placed', { subject, sequence });
const confirmed = (subject: string, sequence = '11') =>
  buildEvent('order.status-changed', { subject, sequence });
const removed = (subject: string, sequence = '12') => buildEvent('order.removed', { subject, sequence });

const CASES: Readonly<Record<string, readonly [rule: string, make: MakeCase]>> = {
  repeated: [
    'An event that comes again is done once.',
    (id) => ({
      bodies: [placed(id), confirmed(id), placed(id), confirmed(id)].map(rawBody),
      statuses: ['confirmed'],
      due: [placed(id), confirmed(id)],
    }),
  ],
  late: [
    'An event that comes after a newer one keeps the status, and its action is done.',
    (id) => ({
      bodies: [confirmed(id), placed(id)].map(rawBody),
      statuses: ['confirmed'],
      due: [confirmed(id), placed(id)],
    }),
  ],
  'compared-as-integers': [
    'Sequences are compared as integers: 10 is newer than 9.',
    (id) => ({
      bodies: [confirmed(id, '10'), placed(id, '9')].map(rawBody),
      statuses: ['confirmed'],
      due: [confirmed(id, '10'), placed(id, '9')],
    }),
  ],
  'unknown-type': [
    'An event of an unknown type is ignored.',
    (id) => ({
      bodies: [rawBody(placed(id)), rawBody({ ...confirmed(id), type: 'order.returned', data: {} })],
      statuses: ['placed'],
      due: [placed(id)],
    }),
  ],
  'unknown-members': [
    'Members that are unknown are ignored.',
    (id) => ({
      bodies: [
        rawBody({ ...placed(id), traceparent: '00', data: { ...placed(id).data, giftWrapped: true } }),
      ],
      statuses: ['placed'],
      due: [placed(id)],
    }),
  ],
  'same-sequence': [
    'Two events of one sequence are two events, and either may be the newer.',
    (id) => ({
      bodies: [confirmed(id, '10'), placed(id, '10')].map(rawBody),
      statuses: ['confirmed', 'placed'],
      due: [confirmed(id, '10'), placed(id, '10')],
    }),
  ],
  replayed: [
    'A replay is a repeat, also if its data has less.',
    (id) => {
      const { previousStatus: _, ...data } = confirmed(id).data;
      return {
        bodies: [placed(id), confirmed(id), { ...confirmed(id), data, replayed: true }].map(rawBody),
        statuses: ['confirmed'],
        due: [placed(id), confirmed(id)],
      };
    },
  ],
  'replayed-first': [
    'An event that a backfill brings before the topic does is done once.',
    (id) => ({
      bodies: [{ ...confirmed(id), replayed: true }, confirmed(id), confirmed(id)].map(rawBody),
      statuses: ['confirmed'],
      due: [confirmed(id)],
    }),
  ],
  removed: [
    'A removed order stays removed when an older event comes late.',
    (id) => ({
      bodies: [placed(id), removed(id), confirmed(id)].map(rawBody),
      statuses: ['deleted'],
      due: [placed(id), removed(id), confirmed(id)],
    }),
  ],
  'imported-again': [
    'An order that is imported again after its removal is there again.',
    (id) => ({
      bodies: [removed(id), placed(id, '20'), removed(id)].map(rawBody),
      statuses: ['placed'],
      due: [removed(id), placed(id, '20')],
    }),
  ],
  fact: [
    'An event that reports no status changes none, and makes none late.',
    (id) => {
      const fact = buildEvent('order.high-value', { subject: id, sequence: '12' });
      return {
        bodies: [placed(id), fact, confirmed(id)].map(rawBody),
        statuses: ['confirmed'],
        due: [placed(id), fact, confirmed(id)],
      };
    },
  ],
  enveloped: [
    "An event is the same in SNS's envelope and raw.",
    (id) => ({
      bodies: [envelopeBody(placed(id)), rawBody(placed(id))],
      statuses: ['placed'],
      due: [placed(id)],
    }),
  ],
};

/** Deliveries that a subscriber must survive, each with an order of its own. */
export const DELIVERY_CASES: readonly DeliveryCase[] = Object.entries(CASES).map(
  ([name, [rule, make]], index) => {
    const orderId = orderIdOf(index);
    const { bodies, statuses, due } = make(orderId);
    return { name, rule, orderId, bodies, statuses, actions: due.map(({ id }) => id) };
  },
);
