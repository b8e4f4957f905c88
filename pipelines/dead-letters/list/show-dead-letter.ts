import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetterId, DeadLetterView } from '../../../contracts/api/dead-letters.ts';
import type { DeadLetterItem } from '../../../contracts/operations/operations-items.ts';
import { ConsumerName } from '../../../contracts/stream.ts';
import type { Clock } from '../../clock.ts';
import { ContractViolationError, SinkRefusedError } from '../../errors.ts';
import { deadLetterIdOf } from '../../operations/dead-letter-entry.ts';
import type { DeadLetterStore } from '../../operations/dead-letter-store.ts';
import { StockViolationError } from '../../order-events/inventory/stock-errors.ts';
import { NotFoundError } from '../../request-errors.ts';
import type { DeadLetter, FetchDeps } from '../parse/dead-letter.ts';
import type { ReplayableQueue } from '../queue/queue-pass.ts';
import { RecordsTrimmedError } from '../replay/automatic-replay.ts';
import { TableTooLargeError } from '../replay/changed-within.ts';
import { PointersRefusedError } from '../replay/replay-dead-letter.ts';
import { RecordNotOfTableError, RemovalNotProcessedError } from '../replay/require-genuine.ts';
import { type DeadLetterDetails, type DetailsDeps, deadLetterDetails } from './dead-letter-details.ts';
import { summaryOf } from './dead-letter-selection.ts';
import { listDeadLetters } from './list-dead-letters.ts';

/** Where a dead letter and its records are read. */
export interface ShowDeps extends DetailsDeps, FetchDeps {
  readonly sqs: SQSClient;
  readonly clock: Pick<Clock, 'now'>;
  readonly store: Pick<DeadLetterStore, 'get'>;
}

/** What is known of a dead letter, and its message. */
export interface ShownDeadLetter extends DeadLetterView {
  /** Lambda's invocation records of a batch. */
  readonly batches: readonly object[];
  /** The text of a message that holds nothing that can be read. */
  readonly body: string | undefined;
}

const MESSAGES_MAX = 10_000;
const NOTHING: DeadLetterDetails = {
  reason: undefined,
  batches: [],
  records: [],
  recordsRemaining: 0,
  isTrimmed: false,
};

/**
 * Shows a dead letter: what the store knows, and the records of its message with what the table holds now. It reads the message from its
 * queue, and hides others there for that time.
 *
 * @param queueOf The queue of a dead letter that is on one.
 * @throws NotFoundError when the store does not know it; the SDK's own errors.
 */
export async function showDeadLetter(
  deps: ShowDeps,
  id: DeadLetterId,
  queueOf: (item: DeadLetterItem & { readonly state: 'waiting' | 'parked' }) => ReplayableQueue,
  signal: AbortSignal,
): Promise<ShownDeadLetter> {
  const item = await deps.store.get(id);
  if (item === undefined) throw new NotFoundError('dead letter');
  const { state } = item;
  const isOpen = state === 'waiting' || state === 'parked';
  const deadLetter = isOpen ? await onQueue(deps, id, queueOf({ ...item, state }), signal) : undefined;
  const details = deadLetter === undefined ? NOTHING : await deadLetterDetails(deadLetter, deps, signal);
  return {
    ...details,
    summary: summaryOf(item),
    attempts: item.history,
    // Of pointers, the store knows only that Lambda gave them up.
    reason:
      details.reason === undefined || item.kind === 'record'
        ? item.reason
        : { ...details.reason, issues: [] },
    ...adviceOn(item),
    twin: await twinOf(deps.store, item),
    batch: item.batch,
    records: [...details.records],
    isHidden: isOpen && deadLetter === undefined,
    body: deadLetter?.contents.kind === 'unreadable' ? deadLetter.message.body : undefined,
  };
}

/** `GET /ops/dead-letters/{id}`; see {@link showDeadLetter}. */
export async function deadLetterView(...args: Parameters<typeof showDeadLetter>): Promise<DeadLetterView> {
  const { batches: _batches, body: _body, ...view } = await showDeadLetter(...args);
  return view;
}

async function onQueue(
  { sqs, s3, clock, tableArn, places }: ShowDeps,
  id: DeadLetterId,
  queue: ReplayableQueue,
  signal: AbortSignal,
): Promise<DeadLetter | undefined> {
  const { deadLetters } = await listDeadLetters({
    ...{ sqs, s3, clock, tableArn, places, queue, signal },
    isMeant: (summary) => summary.id === id,
    limit: 1,
    messagesMax: MESSAGES_MAX,
  });
  return deadLetters[0];
}

/** The dead letter of the other consumer for the same record, if there is one. @throws the SDK's own errors. */
export async function twinOf(
  store: Pick<DeadLetterStore, 'get'>,
  { kind, consumer, eventId }: Pick<DeadLetterItem, 'kind' | 'consumer' | 'eventId'>,
): Promise<DeadLetterId | undefined> {
  if (kind !== 'record' || eventId === undefined) return undefined;
  const other = ConsumerName.options.find((name) => name !== consumer);
  const twin = await store.get(deadLetterIdOf(other, eventId));
  return twin?.id;
}

interface Advice {
  /** What a person does. */
  readonly remedy: string;
  /** The section of docs/runbook.md. */
  readonly runbook: string;
}

const RUNBOOK = 'dead-letters';
const inRunbook = ({ remedy }: Pick<Advice, 'remedy'>, runbook = RUNBOOK): Advice => ({ remedy, runbook });

/** By the reason of a record. */
const ADVICE: ReadonlyMap<string, Advice> = new Map([
  ['contract-violation', inRunbook(new ContractViolationError(''), 'fix-a-contract-violation')],
  ['stock-violation', inRunbook(new StockViolationError(''), 'a-product-whose-stock-is-wrong')],
  ['sink-refused', inRunbook(new SinkRefusedError(''))],
  ['record-not-of-table', inRunbook(new RecordNotOfTableError(''), 'a-record-that-the-table-does-not-know')],
  ['removal-not-processed', inRunbook(new RemovalNotProcessedError())],
]);
/** By what the last replay of a batch failed with: its reason is only why Lambda gave it up. */
const BATCH_ADVICE: ReadonlyMap<string | undefined, Advice> = new Map(
  [new RecordsTrimmedError(''), new PointersRefusedError(''), new TableTooLargeError('')].map((error) => [
    error.code,
    inRunbook(error),
  ]),
);
const KIND_ADVICE: ReadonlyMap<DeadLetterItem['kind'], Advice> = new Map([
  [
    'unreadable',
    inRunbook({
      remedy:
        'The reason says what cannot be read, and why. Give back a permission that is missing. Otherwise run npm run ops -- verify, then purge it.',
    }),
  ],
  ['test-event', inRunbook({ remedy: 'Replay or purge it: S3 only tested the queue.' })],
]);
const WAIT = inRunbook({
  remedy: 'Replay it when what it needs responds again; the automatic replay does so too.',
});

/** What a person does about a dead letter: by the reason of a record, by the last failure of a batch, or by its kind. */
export function adviceOn({
  kind,
  reason,
  history,
}: Pick<DeadLetterItem, 'kind' | 'reason' | 'history'>): Advice {
  if (kind === 'record') return ADVICE.get(reason.code) ?? WAIT;
  const failed = history.findLast(({ outcome }) => outcome === 'failed');
  return KIND_ADVICE.get(kind) ?? BATCH_ADVICE.get(failed?.code) ?? WAIT;
}
