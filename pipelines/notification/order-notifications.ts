import type { ChangeOf } from '../core/stream-change.ts';
import { notificationOf } from './order-notification.ts';
import type { OrderTopic } from './order-topic.ts';

/** Tells subscribers what happens to orders. Idempotent for them: a change delivered again brings the same event id. */
export class OrderNotifications {
  readonly #topic: Pick<OrderTopic, 'publish'>;

  constructor(deps: { readonly topic: Pick<OrderTopic, 'publish'> }) {
    this.#topic = deps.topic;
  }

  /**
   * Publishes the event of one change, if it brings one about.
   *
   * @throws SinkRefusedError for an event that SNS calls invalid; TransientError or the SDK's own error for anything else.
   */
  async handle(change: ChangeOf<'Order'>, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const event = notificationOf(change);
    if (event !== undefined) await this.#topic.publish(event, signal);
  }
}
