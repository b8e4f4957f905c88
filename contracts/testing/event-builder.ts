import * as z from 'zod';
import { type NotificationType, OrderNotification, schemaNameOf } from '../events/order-notification.ts';
import schemas from '../events/schemas.json' with { type: 'json' };
import { parse } from '../reading.ts';

/** The event of a type. */
export type EventOf<Type extends NotificationType> = Extract<OrderNotification, { readonly type: Type }>;

type InputOf<Type extends NotificationType> = Extract<
  z.input<typeof OrderNotification>,
  { readonly type: Type }
>;

/** What a built event has other than the example of its type. */
export type EventOverrides<Type extends NotificationType> = Partial<Omit<InputOf<Type>, 'type' | 'data'>> & {
  readonly data?: Partial<InputOf<Type>['data']>;
};

const Examples = z.record(z.string(), z.object({ examples: z.tuple([OrderNotification]) }));
const SCHEMAS = parse(Examples, schemas);

const isOfType = <Type extends NotificationType>(
  event: OrderNotification | undefined,
  type: Type,
): event is EventOf<Type> => event?.type === type;

/**
 * An event that keeps the contract: the example of its type with other values. Its `id` and `data.orderId` follow from `subject` and
 * `sequence` unless they are given.
 *
 * @throws InvalidValueError if a given value violates the contract.
 */
export function buildEvent<Type extends NotificationType>(
  type: Type,
  overrides: EventOverrides<Type> = {},
): EventOf<Type> {
  const example = SCHEMAS[schemaNameOf(type)]?.examples[0];
  const { subject = example?.subject, sequence = example?.sequence } = overrides;
  const event = parse(OrderNotification, {
    ...example,
    id: `${subject}.${sequence}.${type}`,
    ...overrides,
    data: { ...example?.data, orderId: subject, ...overrides.data },
  });
  if (!isOfType(event, type)) throw new TypeError(`The built event is no ${type}`);
  return event;
}

/** The body of an event with raw delivery. */
export const rawBody = (event: object): string => JSON.stringify(event);

/** The body of an event without raw delivery: SNS's envelope, with no signature. */
export const envelopeBody = (event: object): string =>
  JSON.stringify({
    Type: 'Notification',
    MessageId: '00000000-0000-4000-8000-000000000000',
    TopicArn: 'arn:aws:sns:eu-central-1:000000000000:orders',
    Message: rawBody(event),
    Timestamp: '2026-03-01T12:00:00.000Z',
  });
