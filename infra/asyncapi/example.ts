import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OrderNotification } from '../../contracts/events/order-notification.ts';
import { parseJson } from '../../contracts/reading.ts';
import { topicEntryOf } from '../../pipelines/notification/topic-entry.ts';
import { PROJECT_ROOT } from '../local/project-root.ts';

/** Where the example of an event type is kept. */
export const exampleFile = (type: OrderNotification['type']): string =>
  join(PROJECT_ROOT, 'contracts', 'events', 'examples', `${type}.json`);

/** The example of an event type. @throws InvalidValueError for one that does not keep the contract. */
export const exampleOf = (type: OrderNotification['type']): OrderNotification =>
  parseJson(OrderNotification, readFileSync(exampleFile(type), 'utf8'));

/** What SNS carries beside an event: its message attributes and their values. */
export const attributesOf = (event: OrderNotification): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(topicEntryOf(event).MessageAttributes).map(([name, { StringValue }]) => [
      name,
      StringValue,
    ]),
  );
