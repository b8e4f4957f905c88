import { DeleteMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, it, vi } from 'vitest';
import { Subscriber } from '../../../infra/demo/subscriber.ts';
import { notificationOfStatus } from '../../builders/notifications.ts';
import { eventually } from '../../builders/waiting.ts';

/** A queue that has one batch, and then nothing until `end`. */
function queueWith(bodies: readonly string[]) {
  const sqs = new SQSClient({ region: 'eu-central-1' });
  const end = Promise.withResolvers<void>();
  const deleted: string[] = [];
  let waiting = bodies;
  vi.spyOn(sqs, 'send').mockImplementation(async (command: unknown) => {
    if (command instanceof DeleteMessageBatchCommand) {
      deleted.push(...(command.input.Entries ?? []).map(({ ReceiptHandle = '' }) => ReceiptHandle));
      return {};
    }
    const Messages = waiting.map((Body) => ({ Body, ReceiptHandle: Body }));
    waiting = [];
    if (Messages.length === 0) await end.promise;
    return { Messages };
  });
  return { system: { clients: { sqs }, names: {} }, deleted, end: () => end.resolve() };
}

it('the subscriber of the demo ignores a message that is no event', async () => {
  const event = notificationOfStatus('shipped');
  const bodies = ['no JSON', JSON.stringify({ type: 'order.placed' }), JSON.stringify(event)];
  const { system, deleted, end } = queueWith(bodies);
  const subscriber = Subscriber.start(system);
  await eventually(() => expect(deleted).toEqual(bodies));
  end();
  await subscriber.stop();
  expect([...subscriber.events.keys()]).toEqual([event.id]);
});

it('the subscriber of the demo reports the error that ended it when it stops', async () => {
  const sqs = new SQSClient({ region: 'eu-central-1' });
  const send = vi.spyOn(sqs, 'send').mockRejectedValue(new Error('no permission'));
  const subscriber = Subscriber.start({ clients: { sqs }, names: {} });
  await eventually(() => expect(send).toHaveBeenCalledTimes(2));
  await expect(subscriber.stop()).rejects.toThrow('no permission');
});
