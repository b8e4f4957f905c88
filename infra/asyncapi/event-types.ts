import * as z from 'zod';
import { OrderNotification } from '../../contracts/events/order-notification.ts';
import { parse } from '../../contracts/reading.ts';

/** One event type as the document shows it. */
export interface EventType {
  /** The name of its schema: of the export in contracts/. */
  readonly id: string;
  readonly type: OrderNotification['type'];
  /** What SNS carries beside the event, for filter policies. */
  readonly attributes: z.ZodType;
}

/** Every event type, in the order of the contract. `nameSchemas` must have named them. */
export const eventTypes = (): readonly EventType[] =>
  OrderNotification.options.map((event) => {
    const { type, data } = event.shape;
    const { status, currency } = data.shape;
    return { id: nameOf(event), type: type.value, attributes: z.object({ type, status, currency }) };
  });

const nameOf = (event: z.ZodType): string => parse(z.object({ id: z.string() }), event.meta()).id;
