import {
  AuthorizationErrorException,
  InternalErrorException,
  InvalidParameterException,
  NotFoundException,
  type PublishBatchCommand,
  type PublishBatchResponse,
} from '@aws-sdk/client-sns';
import { describe, expect, it } from 'vitest';
import { OrderNotification } from '../../../contracts/events/order-notification.ts';
import { parseNotification } from '../../../contracts/subscriber/parse-notification.ts';
import { PermanentError, SinkRefusedError, TransientError } from '../../../pipelines/errors.ts';
import { lifecycleEvent } from '../../../pipelines/order-events/notification/order-lifecycle.ts';
import {
  entryBytes,
  OrderTopic,
  PUBLISH_BYTES_MAX,
  topicEntryOf,
} from '../../../pipelines/order-events/notification/order-topic.ts';
import { orderChange, orderIdOf } from '../../builders/stream/order-life.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';

type Entries = NonNullable<PublishBatchCommand['input']['PublishBatchRequestEntries']>;

/** A topic whose result for each entry is that of `respond`, and that keeps the requests and what is recorded. */
function topicThat(
  respond: (entries: Entries) => PublishBatchResponse,
  record: () => Promise<void> = async () => undefined,
  accepted: (events: readonly OrderNotification[]) => void = () => undefined,
) {
  const requests: Entries[] = [];
  const recorded: unknown[] = [];
  const send = async ({ input }: PublishBatchCommand): Promise<PublishBatchResponse> => {
    const entries = input.PublishBatchRequestEntries ?? [];
    requests.push(entries);
    return respond(entries);
  };
  return {
    requests,
    recorded,
    topic: new OrderTopic({
      sns: { send },
      topicArn: 'arn:aws:sns:eu-central-1:0:orders',
      accepted,
      publications: {
        record: async (published) => {
          recorded.push(published.map(({ event, messageId }) => [event.id, messageId]));
          await record();
        },
      },
    }),
  };
}

const said = { message: 'arn:aws:sns:eu-central-1:0:orders', $metadata: {} };
const acceptAll = (entries: Entries): PublishBatchResponse => ({
  Successful: entries.map(({ Id }) => ({ Id, MessageId: `message-${Id}` })),
});
const refuseThird =
  (Code: string) =>
  (entries: Entries): PublishBatchResponse => ({
    Successful: entries.filter(({ Id }) => Id !== '2'),
    Failed: [{ Id: '2', Code, SenderFault: true }],
  });

function events(count: number, linesCount = 1): OrderNotification[] {
  const line = { sku: 'SKU-1', quantity: 2, amount: 2_500 };
  return Array.from({ length: count }, (_, index) => {
    const event = lifecycleEvent(orderChange(insertOf(orderItem({ orderId: orderIdOf(index) }))));
    const lines = Array.from({ length: linesCount }, () => line);
    return OrderNotification.parse({ ...event, data: { ...event?.data, lines } });
  });
}

const publishAll = (topic: OrderTopic, all: readonly OrderNotification[]) =>
  Promise.allSettled(all.map((event) => topic.publish(event, new AbortController().signal)));
const reasons = (results: readonly PromiseSettledResult<void>[]) =>
  results.map((result) => (result.status === 'rejected' ? (result.reason ?? 'no reason') : undefined));

describe('the order topic', () => {
  it('publishes 25 events in three requests', async () => {
    const { topic, requests } = topicThat(acceptAll);
    await publishAll(topic, events(25));
    expect(requests.map((entries) => entries.length)).toEqual([10, 10, 5]);
  });

  it('keeps each request under 256 KB', async () => {
    const { topic, requests } = topicThat(acceptAll);
    const all = events(10, 1_000);
    await publishAll(topic, all);
    const sizes = requests.map((entries) =>
      Buffer.byteLength(entries.map(({ Message }) => Message).join('')),
    );
    expect(Buffer.byteLength(JSON.stringify(all))).toBeGreaterThan(PUBLISH_BYTES_MAX);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(PUBLISH_BYTES_MAX);
  });

  it('counts the attributes of an entry and not only its body', () => {
    const attributes = 'typeStringorder.placedstatusStringplacedcurrencyStringEUR';
    const [entry] = events(1).map((event) => topicEntryOf(event));
    expect(entry && entryBytes(entry) - Buffer.byteLength(entry.Message)).toBe(attributes.length);
  });

  it.each([
    ['as a URL', 'https://api.shop.example', 'https://api.shop.example/schemas/order.placed.1.json'],
    ['by its name where the stack has no URL', '', 'urn:order-stream:event:order.placed:1'],
  ])('names the schema of an event %s', (_, base, expected) => {
    const sent = events(1).map((event) => parseNotification(topicEntryOf(event, base).Message));
    expect(sent).toMatchObject([{ dataschema: expected }]);
  });

  it('gives type, status and currency as attributes for filter policies', async () => {
    const { topic, requests } = topicThat(acceptAll);
    await publishAll(topic, events(1));
    expect(requests[0]?.[0]?.MessageAttributes).toEqual({
      type: { DataType: 'String', StringValue: 'order.placed' },
      status: { DataType: 'String', StringValue: 'placed' },
      currency: { DataType: 'String', StringValue: 'EUR' },
    });
  });

  it('reports the events that SNS accepts, and no others', async () => {
    const accepted: OrderNotification[] = [];
    const { topic } = topicThat(refuseThird('InvalidParameter'), undefined, (some) => accepted.push(...some));
    const all = events(4);
    await publishAll(topic, all);
    expect(accepted).toEqual(all.filter((_, index) => index !== 2));
  });

  it('fails only the event whose entry is refused', async () => {
    const { topic } = topicThat(refuseThird('InvalidParameter'));
    const failures = reasons(await publishAll(topic, events(4)));
    expect(failures).toEqual([undefined, undefined, expect.any(SinkRefusedError), undefined]);
  });

  it('calls an entry that failed inside SNS transient', async () => {
    const { topic } = topicThat(refuseThird('InternalError'));
    const failures = reasons(await publishAll(topic, events(4)));
    expect(failures[2]).toBeInstanceOf(TransientError);
  });

  it('calls an entry that is missing in the response of SNS transient', async () => {
    const { topic } = topicThat((entries) => ({ Successful: entries.slice(1) }));
    const failures = reasons(await publishAll(topic, events(2)));
    expect(failures).toEqual([expect.any(TransientError), undefined]);
  });

  it.each([
    [
      'does not exist',
      new NotFoundException(said),
      'topic-missing',
      'The order topic does not exist: NotFoundException',
    ],
    [
      'denies access',
      new AuthorizationErrorException(said),
      'topic-denied',
      'The order topic denies access: AuthorizationErrorException',
    ],
    [
      'failed',
      new InternalErrorException(said),
      'topic-failing',
      'The order topic failed: InternalErrorException',
    ],
    [
      'did not respond',
      Object.assign(new Error('10 ms'), { name: 'TimeoutError' }),
      'topic-no-response',
      'The order topic did not respond',
    ],
  ])('says in its error that it %s', async (_what, cause, code, message) => {
    const { topic } = topicThat(() => {
      throw cause;
    });
    const [failure] = reasons(await publishAll(topic, events(1)));
    expect(failure).toBeInstanceOf(TransientError);
    expect(failure).toMatchObject({ code, message, cause });
  });

  it('fails every event of a request that did not get through, with the error itself', async () => {
    const outage = new Error('connection refused');
    const { topic } = topicThat(() => {
      throw outage;
    });
    expect(reasons(await publishAll(topic, events(2)))).toEqual([outage, outage]);
  });

  it('counts a request that SNS refuses completely as a fault of the topic, to be waited out', async () => {
    const { topic } = topicThat(() => {
      throw new InvalidParameterException({ message: 'Invalid parameter', $metadata: {} });
    });
    const failures = reasons(await publishAll(topic, events(2)));
    const refusing = { code: 'topic-refusing', cause: expect.any(InvalidParameterException) };
    expect(failures).toEqual([expect.objectContaining(refusing), expect.objectContaining(refusing)]);
    expect(failures.filter((failure) => failure instanceof PermanentError)).toEqual([]);
  });

  it('records those of a request that SNS accepted at once, with their ids', async () => {
    const { topic, recorded } = topicThat((entries) => ({
      Successful: entries
        .filter(({ Id }) => Id !== '1')
        .map(({ Id }) => ({ Id, MessageId: `message-${Id}` })),
      Failed: [{ Id: '1', Code: 'InternalError', SenderFault: false }],
    }));
    const all = events(3);
    await publishAll(topic, all);
    expect(recorded).toEqual([
      [
        [all[0]?.id, 'message-0'],
        [all[2]?.id, 'message-2'],
      ],
    ]);
  });

  it('gives its requests up with its callers', async () => {
    const signals: unknown[] = [];
    const topic = new OrderTopic({
      sns: {
        send: async ({ input }, options) => {
          signals.push(options);
          return acceptAll(input.PublishBatchRequestEntries ?? []);
        },
      },
      topicArn: 'arn:aws:sns:eu-central-1:0:orders',
      publications: { record: async () => undefined },
    });
    const { signal } = new AbortController();
    for (const event of events(1)) await topic.publish(event, signal);
    expect(signals).toEqual([{ abortSignal: signal }]);
  });

  it.each([
    ['denied', 'AuthorizationError', 'topic-denied', 'The order topic denies access: AuthorizationError'],
    ['that failed inside SNS', 'InternalError', 'topic-failing', 'The order topic failed: InternalError'],
    ['of an unknown code', 'Odd', 'topic-failing', 'The order topic failed: Odd'],
  ])('says of an entry %s what is wrong with the topic', async (_what, Code, code, message) => {
    const { topic } = topicThat(() => ({ Failed: [{ Id: '0', Code, SenderFault: false }] }));
    expect(reasons(await publishAll(topic, events(1)))).toMatchObject([{ code, message }]);
  });

  it('records nothing of a request that did not get through', async () => {
    const { topic, recorded } = topicThat(() => {
      throw new Error('connection refused');
    });
    await publishAll(topic, events(2));
    expect(recorded).toEqual([]);
  });

  it('fails an event whose publication is not recorded, and keeps the failure of the others', async () => {
    const away = new TransientError('table is away');
    const { topic } = topicThat(refuseThird('InvalidParameter'), async () => Promise.reject(away));
    expect(reasons(await publishAll(topic, events(3)))).toEqual([away, away, expect.any(SinkRefusedError)]);
  });

  it('only records an event that comes again since its record failed, and forgets it then', async () => {
    let away = true;
    const { topic, requests, recorded } = topicThat(acceptAll, async () =>
      away ? Promise.reject(new TransientError('table is away')) : undefined,
    );
    const [first, second] = events(2);
    const both = [first, second].flatMap((event) => event ?? []);
    await publishAll(topic, both.slice(0, 1));
    away = false;
    expect(reasons(await publishAll(topic, both))).toEqual([undefined, undefined]);
    expect(requests.map((entries) => entries.map(({ Message }) => Message))).toEqual([
      [JSON.stringify(first)],
      [JSON.stringify(second)],
    ]);
    expect(recorded.at(-1)).toEqual([
      [first?.id, 'message-0'],
      [second?.id, 'message-0'],
    ]);
    await publishAll(topic, both);
    expect(requests.at(-1)).toHaveLength(2);
  });

  it('sends nothing to SNS where it has accepted all of the events before', async () => {
    let away = true;
    const { topic, requests, recorded } = topicThat(acceptAll, async () =>
      away ? Promise.reject(new TransientError('table is away')) : undefined,
    );
    const all = events(3);
    await publishAll(topic, all);
    away = false;
    expect(reasons(await publishAll(topic, all))).toEqual([undefined, undefined, undefined]);
    expect(requests).toHaveLength(1);
    expect(recorded[1]).toEqual(recorded[0]);
  });
});
