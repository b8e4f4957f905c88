import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NotificationType, OrderNotification } from '../../contracts/events/order-notification.ts';
import { parseJson } from '../../contracts/reading.ts';
import { PROJECT_ROOT } from '../local/machine/project-root.ts';

/** The file with the example of an event type. */
export const exampleFile = (type: NotificationType): string =>
  join(PROJECT_ROOT, 'contracts', 'events', 'examples', `${type}.json`);

/** The example of an event type. @throws InvalidValueError if it violates the contract. */
export const exampleOf = (type: NotificationType): OrderNotification =>
  parseJson(OrderNotification, readFileSync(exampleFile(type), 'utf8'));
