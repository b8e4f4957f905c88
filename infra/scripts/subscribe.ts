import { Command, Option } from 'commander';
import * as z from 'zod';
import { NotificationType } from '../../contracts/events/order-notification.ts';
import { OrderStatus } from '../../contracts/order-status.ts';
import { parse, read, valueIssues } from '../../contracts/reading.ts';
import { FORMATS } from '../contract-tooling/subscription/formats.ts';
import { SubscriptionRequest, subscriptionOf } from '../contract-tooling/subscription/subscription.ts';

// Prints what makes a subscription: its queues, policies, filter and dead-letter queues. It sends nothing.
const Format = z.enum(['cli', 'cloudformation', 'terraform']);

const program = new Command('npm run -s subscribe --')
  .description('Print a subscription of a queue to the order topic, to copy. It changes nothing.')
  .addOption(new Option('--format <tool>', 'what makes it').choices(Format.options).makeOptionMandatory())
  .requiredOption('--queue <name>', 'the name of the queue; its dead-letter queues are named after it')
  .requiredOption('--topic <arn>', "the stack's output TopicArn")
  .addOption(
    new Option('--type <types...>', 'the event types; all without it')
      .choices(NotificationType.options)
      .default([]),
  )
  .addOption(
    new Option('--status <statuses...>', 'the statuses; all without it')
      .choices(OrderStatus.options)
      .default([]),
  )
  .parse();

const { format, topic, type, status, ...options } = parse(
  z.looseObject({ format: Format, topic: z.string(), type: z.unknown(), status: z.unknown() }),
  program.opts(),
);
const request = read(SubscriptionRequest, { ...options, topicArn: topic, types: type, statuses: status });
if (request.success) process.stdout.write(FORMATS[format](subscriptionOf(request.data)));
else
  program.error(
    valueIssues(request.error)
      .map(({ path, message }) => `${path} ${message}`)
      .join('\n'),
  );
