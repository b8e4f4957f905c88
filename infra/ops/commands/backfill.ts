import { setTimeout as sleep } from 'node:timers/promises';
import { GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { matchless, matchlessText } from '../../../contracts/events/event-filter.ts';
import { NotificationType } from '../../../contracts/events/order-notification.ts';
import { Instant } from '../../../contracts/ids.ts';
import type { PendingOrder } from '../../../contracts/operations/operations-items.ts';
import { OrderStatus } from '../../../contracts/order-status.ts';
import { parse } from '../../../contracts/reading.ts';
import { RateLimiter } from '../../../pipelines/aws/rate-limiter.ts';
import { type BackfillResult, backfill, TooManyPendingError } from '../../../pipelines/backfill/backfill.ts';
import {
  BackfillCheckpoint,
  type BackfillFilter,
  type BackfillProgress,
} from '../../../pipelines/backfill/checkpoint.ts';
import { BACKFILL_RATE_MAX, SubscriberQueue } from '../../../pipelines/backfill/subscriber-queue.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';
import type { ActionEnd } from '../../../pipelines/operations/activity.ts';
import { countUpTo, instantOrAge } from '../command-line/arguments.ts';
import { action, type CommandContext } from '../command-line/command.ts';
import { EXIT, type ExitCode } from '../command-line/exit-codes.ts';
import type { Output } from '../command-line/output.ts';
import { progressBar, roughTableSize } from '../command-line/progress.ts';
import { recorded } from '../command-line/recorded.ts';

const EVENTS_PER_SECOND = 50;
const ROWS_MAX = 20;

/** See https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html#amazonsqs-resources-for-iam-policies. */
const QUEUE_ARN = /^arn:[\w-]+:sqs:(?<region>[\w-]+):(?<account>\d{12}):(?<name>[\w-]{1,80}(?:\.fifo)?)$/;
const QueueArn = z.object({ arn: z.string(), region: z.string(), account: z.string(), name: z.string() });
type QueueArn = z.infer<typeof QueueArn>;

export const BackfillArguments = z.object({
  queue: QueueArn,
  type: z.array(NotificationType).optional(),
  status: z.array(OrderStatus).optional(),
  since: z.object({ text: z.string(), at: Instant }).optional(),
  rate: z.int(),
  dryRun: z.boolean(),
  restart: z.boolean(),
});
type BackfillArguments = z.infer<typeof BackfillArguments>;

/** The queue is in another region than the system, so that the topic's own messages do not come from here either. */
export class QueueRegionError extends OrderStreamError {
  readonly code = 'queue-region';
  readonly remedy = "Name a queue of the stack's region, or another --region.";
}

/** `backfill`: sends the events of the past to the queue of a new subscriber. */
export function addBackfill(program: Command): void {
  program
    .command('backfill')
    .description(
      'Send the events of all present orders to the queue of a new subscriber, marked with replayed: true. Subscribe the queue to the topic first.',
    )
    .requiredOption('--queue <arn>', 'the ARN of the standard queue', queueArn)
    .addOption(
      new Option('--type <types...>', 'only events of these types').choices(NotificationType.options),
    )
    .addOption(
      new Option('--status <statuses...>', 'only events that report these statuses').choices(
        OrderStatus.options,
      ),
    )
    .option(
      '--since <time>',
      'only events of this time or later: 2026-03-01T12:00Z, 2026-03-01, or an age (30m, 12h, 2d)',
      (text) => ({ text, at: instantOrAge(text) }),
    )
    .option(
      '--rate <n>',
      `at most this many events a second, up to ${BACKFILL_RATE_MAX}`,
      countUpTo(BACKFILL_RATE_MAX),
      EVENTS_PER_SECOND,
    )
    .option('--dry-run', 'count the events and send none', false)
    .option('--restart', 'begin again, and not where the last run stopped', false)
    .hook('preAction', (command) => {
      const { type = [], status = [] } = parse(BackfillArguments, command.opts());
      const names = matchless(type, status);
      if (names.length > 0) command.error(`error: ${matchlessText(names)}`);
    })
    .action(action(BackfillArguments, runBackfill, ['table', 'operations-table']));
}

/** The ARN of a standard queue. @throws InvalidArgumentError */
function queueArn(text: string): QueueArn {
  const { region, account, name } = QUEUE_ARN.exec(text)?.groups ?? {};
  if (region === undefined || account === undefined || name === undefined)
    throw new InvalidArgumentError('It must be the ARN of a queue: arn:aws:sqs:region:account:name.');
  if (name.endsWith('.fifo'))
    throw new InvalidArgumentError(
      'It must be a standard queue. A standard topic has no FIFO queue as a subscriber.',
    );
  return { arn: text, region, account, name };
}

/** Runs a backfill. Ctrl-C ends it after the requests in progress. */
export async function runBackfill(
  context: CommandContext,
  { queue, rate, restart, dryRun, ...options }: BackfillArguments,
): Promise<ExitCode> {
  const { target, out, signal } = context;
  const filter = filterOf(options);
  const { tableName } = target.resources;
  const deps = { dynamoDb: target.dynamoDb, ...target.resources, clock };
  const sink = dryRun
    ? { queue: { send: async () => undefined } }
    : {
        queue: new SubscriberQueue({
          sqs: target.sqs,
          queueUrl: await queueUrlOf(target.sqs, queue),
          schemaBaseUrl: target.resources.schemaBaseUrl,
          rateLimiter: new RateLimiter({ perSecond: rate }),
        }),
        checkpoint: new BackfillCheckpoint({ ...deps, queueArn: queue.arn, filter }),
      };
  const bar = progressBar('reading the table', await roughTableSize(target.dynamoDb, tableName));
  const wait = (ms: number, within: AbortSignal): Promise<void> => sleep(ms, undefined, { signal: within });
  const run = async (): Promise<BackfillResult> => {
    const onItems = (items: number): void => bar.advance(items);
    return backfill({ ...deps, ...sink, wait }, { filter, restart, onContinued, onItems }, signal);
  };
  const asked = { action: 'backfill', target: [queue.arn, ...filterTexts(filter)].join(', ') } as const;
  try {
    const result = await (dryRun ? run() : recorded(target, asked, run, endOf));
    bar.end();
    show(out, result, { queueArn: queue.arn, dryRun });
    return result.pending.length === 0 ? EXIT.ok : EXIT.differs;
  } catch (error) {
    if (error instanceof TooManyPendingError) showPending(out, error.pending);
    if (!dryRun && (restart || signal.aborted))
      console.error(
        `Run it again${restart ? ' without --restart' : ''}: it goes on after the last page whose events were accepted.`,
      );
    throw error;
  } finally {
    bar.end();
  }
}

/** A queue that was created again has the same ARN, and a subscriber may ask again for what it has lost since. */
const onContinued = ({ startedAt, isScanned }: Pick<BackfillProgress, 'startedAt' | 'isScanned'>): void =>
  console.error(
    `The backfill of ${startedAt} goes on, and sends ${isScanned ? 'its pending orders' : 'what it has not sent yet'}. To send everything, use --restart.`,
  );

const filterOf = ({
  type,
  status,
  since,
}: Pick<BackfillArguments, 'type' | 'status' | 'since'>): BackfillFilter => ({
  types: type,
  statuses: status,
  since,
});

const filterTexts = ({ types, statuses, since }: BackfillFilter): readonly string[] => [
  ...(types === undefined ? [] : [`type ${types.join(' ')}`]),
  ...(statuses === undefined ? [] : [`status ${statuses.join(' ')}`]),
  ...(since === undefined ? [] : [`since ${since.at}`]),
];

/** @throws QueueRegionError; the SDK's own errors, for a queue that does not exist or may not be used. */
async function queueUrlOf(sqs: SQSClient, { region, account, name }: QueueArn): Promise<string> {
  const own = await sqs.config.region();
  if (own !== region) throw new QueueRegionError(`The queue is in ${region}, the system in ${own}`);
  const command = new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: account });
  const { QueueUrl = '' } = await sqs.send(command);
  return QueueUrl;
}

const endOf = ({ counts, pending }: BackfillResult): ActionEnd => ({
  outcome: pending.length === 0 ? 'done' : 'partly',
  detail: `${counts.sent} events of ${counts.orders} orders sent, ${pending.length} orders pending`,
  counts,
});

function show(
  out: Output,
  { counts, pending, isContinued }: BackfillResult,
  more: { readonly queueArn: string; readonly dryRun: boolean },
): void {
  const sent = more.dryRun ? 'would send' : 'sent';
  out.table(
    [sent, 'filtered', 'orders', 'partial', 'current event only', 'removed', 'pending'],
    [
      [
        ...[counts.sent, counts.filtered, counts.orders, counts.partial, counts.currentOnly, counts.removed],
        pending.length,
      ],
    ],
    { ...more, isContinued, ...counts, pending },
  );
  if (isContinued) out.line('continued; totals of all runs');
  showPending(out, pending);
  if (pending.length > 0)
    out.line(
      'Pending orders are malformed, or their newest event is not published yet. Run the same command again, without --restart: it sends these.',
    );
}

/** The malformed ones first: a person must fix them. */
function showPending(out: Output, pending: readonly PendingOrder[]): void {
  const rows = pending.toSorted((one, other) => (one.why < other.why ? -1 : Number(one.why > other.why)));
  for (const { pk, sk, why } of rows.slice(0, ROWS_MAX)) out.line(`pending  ${pk} ${sk}: ${why}`);
}
