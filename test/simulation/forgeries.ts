import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { ConsumerDeadLetter } from '../../contracts/dead-letters/consumer-dead-letter.ts';
import { OrderItem, statusKey } from '../../contracts/entities/order.ts';
import { instantOf } from '../../pipelines/clock.ts';
import { recordIdentity, toLambdaRecord } from '../../pipelines/stream/lambda-record.ts';
import { STATUS_PARTITIONS } from '../builders/values/items.ts';
import { isMalformed, isOf } from './invariants/images.ts';
import { STREAM_ARN } from './models/stream.ts';
import { PLACES, TABLE } from './places.ts';
import { Dice, mixed } from './random.ts';
import type { World } from './world.ts';

/** Twelve hours in microseconds: no order comes to such a version in a run, and a later one would break its contract. */
const VERSIONS_AHEAD = 12 * 3_600 * 1_000_000;
/** What the event ids of forged records begin with. */
export const FORGED_PREFIX = 'forged-';

/** Whether a record is none of the stream's. */
export const isForged = (eventId: string): boolean => eventId.startsWith(FORGED_PREFIX);

/** In a quarter of the runs, somebody who may write to the queue claims in a dead letter that an order was cancelled. */
export function scheduleForgery(world: World): void {
  const dice = new Dice(mixed(world.seed, 0xf0));
  if (!dice.chance(0.25)) return;
  const atMs = dice.next() * world.config.spanSeconds * 1_000;
  world.scheduler.after(atMs, 'a dead letter is forged', () => forge(world, dice));
}

function forge({ services, clock, scheduler }: World, dice: Dice): void {
  const orders = services.database
    .items(TABLE)
    .filter((image) => isOf(image, 'Order') && !isMalformed(image));
  const image = orders[Math.floor(dice.next() * orders.length)];
  if (image === undefined) return;
  const order = OrderItem.parse(unmarshall({ ...image }));
  const claimed = { ...order, status: 'cancelled', version: order.version + VERSIONS_AHEAD } as const;
  const at = clock.now();
  const record = toLambdaRecord(
    {
      eventID: `${FORGED_PREFIX}${order.orderId}`,
      eventName: 'MODIFY',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'eu-central-1',
      dynamodb: {
        ApproximateCreationDateTime: at,
        Keys: marshall({ pk: order.pk, sk: order.sk }),
        SequenceNumber: '9'.repeat(21),
        SizeBytes: 1,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
        NewImage: marshall(
          { ...claimed, ...statusKey(claimed, STATUS_PARTITIONS) },
          { removeUndefinedValues: true },
        ),
        OldImage: { ...image },
      },
    },
    STREAM_ARN,
  );
  const deadLetter: ConsumerDeadLetter = {
    schema: 'order-stream/dead-letter/1',
    consumer: 'order-events',
    reason: { code: 'transient', message: 'A sink did not respond', issues: [] },
    attempts: 1,
    firstSeenAt: instantOf(at),
    deadLetteredAt: instantOf(at),
    ...recordIdentity(record),
    record,
  };
  scheduler.note(() => `the forged dead letter says that ${order.orderId} was cancelled`);
  services.queues.send(PLACES['order-events'].deadLetterQueueUrl, JSON.stringify(deadLetter));
}
