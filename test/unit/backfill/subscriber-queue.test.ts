import { type SendMessageBatchCommand, SQSClient, SQSServiceException } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { RateLimiter } from '../../../pipelines/aws/rate-limiter.ts';
import type { ReplayedEvent } from '../../../pipelines/backfill/order-history.ts';
import { SubscriberQueue } from '../../../pipelines/backfill/subscriber-queue.ts';
import { notificationOfStatus } from '../../builders/notifications.ts';
import { orderIdOf } from '../../builders/stream/order-life.ts';

const { signal } = new AbortController();
const UNLIMITED = { acquire: async () => undefined };

const events = (count: number): readonly ReplayedEvent[] =>
  Array.from({ length: count }, (_, n) => ({
    ...notificationOfStatus('confirmed', { orderId: orderIdOf(n) }),
    replayed: true,
  }));

/** A queue that refuses an entry with the code that `refuse` says, or accepts it. */
function queueThat(
  refuse: (id: string, request: number) => string | undefined,
  rateLimiter: Pick<RateLimiter, 'acquire'> = UNLIMITED,
) {
  const accepted: string[] = [];
  const requests: SendMessageBatchCommand['input'][] = [];
  const send = async ({ input }: SendMessageBatchCommand) => {
    requests.push(input);
    const all = (input.Entries ?? []).map(({ Id, MessageBody = '' }) => {
      const { id } = JSON.parse(MessageBody);
      const Code = refuse(id, requests.length);
      if (Code === undefined) accepted.push(id);
      return { Id, Code };
    });
    return {
      Successful: all.filter(({ Code }) => Code === undefined),
      Failed: all.filter(({ Code }) => Code !== undefined),
    };
  };
  const sqs = Object.assign(new SQSClient({ region: 'eu-central-1' }), { send });
  return { queue: new SubscriberQueue({ sqs, queueUrl: 'https://sqs/q', rateLimiter }), accepted, requests };
}

describe('the queue of a subscriber', () => {
  it('gets an event as raw delivery brings it: its JSON, and the attributes of filter policies', async () => {
    const { queue, requests } = queueThat(() => undefined);
    const [event] = events(1);
    if (event !== undefined) await queue.send(event, signal);
    expect(requests[0]?.Entries).toEqual([
      {
        Id: '0',
        MessageBody: JSON.stringify(event),
        MessageAttributes: {
          type: { DataType: 'String', StringValue: 'order.status-changed' },
          status: { DataType: 'String', StringValue: 'confirmed' },
          currency: { DataType: 'String', StringValue: 'EUR' },
        },
      },
    ]);
  });

  it('gets 25 events in three requests', async () => {
    const { queue, requests } = queueThat(() => undefined);
    await Promise.all(events(25).map((event) => queue.send(event, signal)));
    expect(requests.map(({ Entries = [] }) => Entries.length).toSorted()).toEqual([10, 10, 5]);
  });

  it('gets an event that it did not accept once more, and no other one again', async () => {
    const [first, second] = events(2);
    const { queue, accepted } = queueThat((id, request) =>
      id === first?.id && request === 1 ? 'InternalError' : undefined,
    );
    await Promise.all([first, second].map((event) => event && queue.send(event, signal)));
    expect(accepted).toEqual([second?.id, first?.id]);
  });

  it('fails at once for an event that it refuses for its contents, without its message', async () => {
    const { queue, requests } = queueThat(() => 'InvalidMessageContents');
    const [event] = events(1);
    await expect(event && queue.send(event, signal)).rejects.toMatchObject({
      code: 'subscriber-queue',
      message: 'The queue did not accept an event: InvalidMessageContents',
    });
    expect(requests).toHaveLength(1);
  });

  it('fails at once where it denies access, and says which right is missing', async () => {
    const { queue } = queueThat(() => {
      throw new SQSServiceException({ name: 'AccessDenied', $fault: 'client', $metadata: {} });
    });
    const [event] = events(1);
    await expect(event && queue.send(event, signal)).rejects.toMatchObject({
      remedy: expect.stringContaining('sqs:SendMessage'),
    });
  });

  it('gets no request after an abort', async () => {
    const { queue, requests } = queueThat(() => undefined);
    const [event] = events(1);
    await expect(event && queue.send(event, AbortSignal.abort())).rejects.toThrow();
    expect(requests).toEqual([]);
  });

  it('gets no more events in any second than its rate', async () => {
    let nowMs = 0;
    const sentAtMs: number[] = [];
    const rateLimiter = new RateLimiter({
      perSecond: 50,
      nowMs: () => nowMs,
      sleep: async (ms) => {
        nowMs += ms;
      },
    });
    const { queue } = queueThat(() => {
      sentAtMs.push(nowMs);
      return undefined;
    }, rateLimiter);
    for (const event of events(200)) await queue.send(event, signal);
    const most = Math.max(
      ...sentAtMs.map((from) => sentAtMs.filter((at) => at >= from && at < from + 1_000).length),
    );
    expect(most).toBe(50);
  });
});
