import * as z from 'zod';

/** Every publisher of the order topic. */
export const PublisherName = z.enum(['order-lifecycle', 'high-value']);
export type PublisherName = z.infer<typeof PublisherName>;

/** A publisher makes at most one event of a change of an order. */
interface Publisher {
  /** One sentence for documents. */
  readonly summary: string;
  /** `status`: its events are the statuses of an order, and its end. `fact`: they report something else about a version, and change no status. */
  readonly reports: 'status' | 'fact';
  /** Its event types. Each type has one publisher. */
  readonly types: readonly string[];
}

/** The registry of publishers. Their functions are in pipelines/order-events/notification/publishers.ts. */
export const PUBLISHERS = {
  'order-lifecycle': {
    summary: 'Reports each status of an order, and its end.',
    reports: 'status',
    types: ['order.placed', 'order.status-changed', 'order.rejected', 'order.removed', 'order.expired'],
  },
  'high-value': {
    summary: 'Reports a new order whose total reaches a threshold.',
    reports: 'fact',
    types: ['order.high-value'],
  },
} as const satisfies Readonly<Record<PublisherName, Publisher>>;

/** The event types of a publisher. */
export type TypeOf<Name extends PublisherName> = (typeof PUBLISHERS)[Name]['types'][number];

export const typesOf = <Name extends PublisherName>(name: Name): readonly TypeOf<Name>[] =>
  PUBLISHERS[name].types;

/** The event types that report a status. */
export type StatusType = {
  [Name in PublisherName]: (typeof PUBLISHERS)[Name]['reports'] extends 'status' ? TypeOf<Name> : never;
}[PublisherName];

const STATUS_TYPES: ReadonlySet<string> = new Set(
  PublisherName.options.flatMap((name) =>
    PUBLISHERS[name].reports === 'status' ? PUBLISHERS[name].types : [],
  ),
);

/** Whether events of a type report a status. */
export const isStatusType = (type: TypeOf<PublisherName>): type is StatusType => STATUS_TYPES.has(type);
