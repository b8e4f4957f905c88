import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import pLimit from 'p-limit';
import type { TableItem } from '../../../contracts/entities/entities.ts';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import type { RateLimiter } from '../../aws/rate-limiter.ts';
import { type Image, scanSegment, visit } from '../../dynamodb/scan-table.ts';
import { documentOf, type SearchDocument } from '../documents.ts';
import type { EmailHash, EmailHashSource } from '../email-hash.ts';
import type { IndexName } from '../index-names.ts';
import type { Checkpoint, CheckpointStore } from './checkpoint.ts';
import type { ShadowWriter } from './shadow-writer.ts';

/** What a backfill reads from and writes to. */
export interface BackfillDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly emailHash: EmailHashSource;
  readonly writer: Pick<ShadowWriter, 'write'>;
  readonly checkpoints: Pick<CheckpointStore, 'write'>;
  /** Limits the rate of documents; there is no limit without it. */
  readonly rateLimiter?: Pick<RateLimiter, 'acquire'> | undefined;
  /** Called with the number of documents of each page. */
  readonly onDocuments?: ((count: number) => void) | undefined;
}

/** The entity type of each index. */
export const ENTITY_TYPES = {
  orders: 'Order',
  products: 'Product',
  users: 'User',
} as const satisfies Readonly<Record<IndexName, TableItem['entityType']>>;

/** The items that are read before they are written: some five megabytes of documents in all segments together. */
const PAGE_ITEMS_MAX = 500;

/**
 * Writes a document for each item to the shadow index, from a parallel scan that continues at the checkpoint. Documents that
 * the stream has written there meanwhile are newer or the same, and stay.
 *
 * A page is in the checkpoint once its documents are in the shadow index. A page that was in progress when the process ended is
 * read again, so that its documents are current.
 *
 * @returns the last checkpoint.
 * @throws EmailHashKeyError, SearchUnavailableError, SearchIndexMissingError, or the clients' own errors.
 */
export async function backfill(
  deps: BackfillDeps,
  name: IndexName,
  from: Checkpoint,
  signal: AbortSignal,
): Promise<Checkpoint> {
  const hashEmail = await deps.emailHash();
  let checkpoint = from;
  const writing = pLimit(1);
  const save = (page: WrittenPage): Promise<void> =>
    writing(async () => {
      checkpoint = withPage(checkpoint, page);
      await deps.checkpoints.write(checkpoint);
    });
  // One that fails stops the others: the next run reads the remaining pages.
  const failing = new AbortController();
  const either = AbortSignal.any([signal, failing.signal]);
  const copySegment = async ({ isDone, next: from }: Segment, segment: number): Promise<void> => {
    if (isDone) return;
    for await (const { images, next } of scanSegment(deps.dynamoDb, { ...scan, segment, from }, either))
      await save({ segment, next, ...(await writePage({ ...deps, hashEmail }, name, images, either)) });
  };
  const scan = {
    tableName: deps.tableName,
    segments: from.segments.length,
    entityTypes: [ENTITY_TYPES[name]],
    pageItemsMax: PAGE_ITEMS_MAX,
  };
  const copies = from.segments.map((one, segment) =>
    copySegment(one, segment).catch((error: unknown) => {
      failing.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(copies);
  failing.signal.throwIfAborted();
  return checkpoint;
}

type Segment = Checkpoint['segments'][number];

interface WrittenPage {
  readonly segment: number;
  readonly next: Image | undefined;
  readonly documents: number;
  readonly malformed: readonly ItemKey[];
  readonly refused: readonly string[];
}

async function writePage(
  { writer, rateLimiter, onDocuments, hashEmail }: BackfillDeps & { readonly hashEmail: EmailHash },
  name: IndexName,
  images: readonly Image[],
  signal: AbortSignal,
): Promise<Pick<WrittenPage, 'documents' | 'malformed' | 'refused'>> {
  const documents: SearchDocument[] = [];
  const malformed: ItemKey[] = [];
  for (const image of images) {
    visit(image, {
      item: (item) => {
        const document = documentOf(item, hashEmail);
        if (document?.index === name) documents.push(document);
      },
      malformed: (key) => malformed.push(key),
    });
  }
  await Promise.all(documents.map(() => rateLimiter?.acquire(signal)));
  const refused = await writer.write(documents, signal);
  onDocuments?.(documents.length);
  return { documents: documents.length, malformed, refused };
}

const withPage = (checkpoint: Checkpoint, page: WrittenPage): Checkpoint => ({
  ...checkpoint,
  segments: checkpoint.segments.map((segment, index) => {
    if (index !== page.segment) return segment;
    return page.next === undefined ? { isDone: true } : { isDone: false, next: page.next };
  }),
  documents: checkpoint.documents + page.documents,
  malformed: [...checkpoint.malformed, ...page.malformed],
  refused: [...checkpoint.refused, ...page.refused],
});
