import { PublishCommand } from '@aws-sdk/client-sns';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { ulid } from 'ulid';
import * as z from 'zod';
import { NotificationType } from '../../contracts/events/order-notification.ts';
import { OrderStatus } from '../../contracts/order-status.ts';
import { parse } from '../../contracts/reading.ts';
import { buildEvent } from '../../contracts/testing/event-builder.ts';
import { topicEntryOf } from '../../pipelines/order-events/notification/order-topic.ts';
import { exitWithReason } from './machine/exit-with-reason.ts';
import { runningSystem } from './running/running-system.ts';
import { destroyClients, localClients } from './system/local-clients.ts';

// Publishes one event to the topic of the local system. It knows no other topic: on AWS, events come from orders alone.
const MICROSECONDS_PER_MS = 1_000;

const Options = z.object({
  pid: z.number().optional(),
  order: z.string().optional(),
  sequence: z.string().optional(),
  user: z.string().optional(),
  status: OrderStatus.optional(),
  total: z.number().optional(),
  currency: z.string().optional(),
});

const program = new Command('npm run -s trigger --')
  .description('Publish an event that keeps the contract to the topic of the local system that runs.')
  .addArgument(new Argument('<type>', 'the type of the event').choices(NotificationType.options))
  .option('--total <minor units>', 'data.total', toInteger)
  .addOption(new Option('--status <status>', 'data.status').choices(OrderStatus.options))
  .option('--currency <code>', 'data.currency')
  .option('--user <id>', 'data.userId')
  .option('--order <id>', 'the subject; a new id without it')
  .option('--sequence <number>', 'the sequence; the newest without it')
  .option('--pid <process>', 'the local system, if several run', toInteger)
  .parse();

await publish(parse(NotificationType, program.args[0]), parse(Options, program.opts())).catch(exitWithReason);

async function publish(type: NotificationType, options: z.infer<typeof Options>): Promise<void> {
  const { pid, order, sequence, user, status, total, currency } = options;
  const now = new Date();
  const data = {
    ...(user !== undefined && { userId: user }),
    ...(status !== undefined && { status }),
    ...(total !== undefined && { total }),
    ...(currency !== undefined && { currency }),
  };
  const event = buildEvent(type, {
    subject: order ?? ulid(now.getTime()),
    sequence: sequence ?? String(now.getTime() * MICROSECONDS_PER_MS),
    time: now.toISOString(),
    data,
  });
  const system = runningSystem(pid);
  const clients = localClients(system.endpoints);
  try {
    const entry = topicEntryOf(event, system.apiUrl);
    await clients.sns.send(new PublishCommand({ ...entry, TopicArn: system.names['OrderTopic'] }));
    console.log(entry.Message);
  } finally {
    await destroyClients(clients);
  }
}

function toInteger(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be an integer.');
  return Number(text);
}
