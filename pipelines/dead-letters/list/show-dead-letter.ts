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
import { InvalidJsonError } from '../parse/message-body.ts';
import type { ReplayableQueue } from '../queue/queue-pass.ts';
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
const ADVICE: ReadonlyMap<string, Advice> = new Map([
  [
    'contract-violation',
    { remedy: new ContractViolationError('').remedy, runbook: 'fix-a-contract-violation' },
  ],
  [
    'stock-violation',
    { remedy: new StockViolationError('').remedy, runbook: 'a-product-whose-stock-is-wrong' },
  ],
  ['sink-refused', { remedy: new SinkRefusedError('').remedy, runbook: RUNBOOK }],
  ['unreadable', { remedy: new InvalidJsonError('').remedy, runbook: RUNBOOK }],
  [
    'payload-lost',
    {
      remedy: 'Compare the table with the data of the consumer (verify), then purge the dead letter.',
      runbook: RUNBOOK,
    },
  ],
  [
    'records-trimmed',
    { remedy: 'Replay it with npm run ops -- dlq replay, which reads the table.', runbook: RUNBOOK },
  ],
  [
    'pointers-refused',
    {
      remedy: 'Check the permission to read its stream; purge it if the stream is none of this table.',
      runbook: RUNBOOK,
    },
  ],
  [
    'record-not-of-table',
    { remedy: new RecordNotOfTableError('').remedy, runbook: 'a-record-that-the-table-does-not-know' },
  ],
  ['removal-not-processed', { remedy: new RemovalNotProcessedError().remedy, runbook: RUNBOOK }],
  ['test-event', { remedy: 'Replay or purge it: S3 only tested the queue.', runbook: RUNBOOK }],
]);
const WAIT: Advice = {
  remedy: 'Replay it when what it needs responds again; the automatic replay does so too.',
  runbook: RUNBOOK,
};

/** What a person does about a dead letter, by its reason, or by its kind where it has none of its own. */
export const adviceOn = ({ kind, reason }: Pick<DeadLetterItem, 'kind' | 'reason'>): Advice =>
  ADVICE.get(reason.code) ?? ADVICE.get(kind) ?? WAIT;
