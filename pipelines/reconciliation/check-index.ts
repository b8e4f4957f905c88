import * as z from 'zod';
import type { TableItem } from '../../contracts/entities/entities.ts';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import { orderKey } from '../../contracts/entities/order.ts';
import { productKey } from '../../contracts/entities/product.ts';
import { userKey } from '../../contracts/entities/user.ts';
import { OrderId, Sku, UserId, Version } from '../../contracts/ids.ts';
import { read } from '../../contracts/reading.ts';
import { withRetry } from '../aws/retry.ts';
import type { DocumentAddress } from '../search/documents.ts';
import { SearchUnavailableError } from '../search/errors.ts';
import { type IndexName, readAlias } from '../search/index-names.ts';
import type { SearchIndex } from '../search/indexing/search-index.ts';
import { errorType, type OpenSearchClient, openSearchResponse } from '../search/open-search.ts';
import { currentChange } from '../stream/current-state.ts';
import { documentFault } from './compare-index.ts';
import type { Repair } from './findings.ts';
import { COMPARED_FIELDS, type DocumentState, documentContent, documentState } from './read-index.ts';
import { type CheckedTable, readCurrent } from './read-table.ts';
import type { CopyCheck } from './recheck.ts';

/** The parts of a document that the checks use, as OpenSearch has it: it may violate its contract. */
interface IndexedDocument extends DocumentState {
  /** Whose order it is; absent where it is none. */
  readonly userId: string | undefined;
}

const Found = z.object({
  _version: z.int().positive(),
  _source: z.looseObject({ userId: z.string().optional().catch(undefined) }),
});
const NotFound = z.object({ found: z.literal(false) });
const READ_TIMEOUT_MS = 10_000;
const READ_RETRY = { attemptsMax: 4, delayMsBase: 200, delayMsMax: 2_000, budgetMs: 30_000 };

/**
 * Reads the document of an item as it is now and not as of the last refresh; `undefined` where there is none.
 *
 * @param from The index that is read, or an alias of it: the read alias without it.
 * @throws SearchUnavailableError after retries.
 */
function readDocument(
  client: OpenSearchClient,
  { index, id }: DocumentAddress,
  signal: AbortSignal,
  from = readAlias(index),
): Promise<IndexedDocument | undefined> {
  const readOnce = async (): Promise<IndexedDocument | undefined> => {
    const response = await openSearchResponse(
      client,
      {
        method: 'GET',
        path: `/${from}/_doc/${encodeURIComponent(id)}`,
        querystring: { _source_includes: [...COMPARED_FIELDS[index], 'userId'].join(',') },
      },
      { timeoutMs: READ_TIMEOUT_MS, signals: [signal] },
    );
    const found = read(Found, response.body).data;
    if (found !== undefined) {
      const { _version: version, _source } = found;
      return { version, content: documentContent(index, version, _source), userId: _source.userId };
    }
    if (read(NotFound, response.body).success) return undefined;
    throw new SearchUnavailableError(
      `OpenSearch did not give the document: ${response.status} ${errorType(response) ?? 'without a reason'}`,
    );
  };
  return withRetry(readOnce, {
    policy: READ_RETRY,
    isRetryable: (error) => error instanceof SearchUnavailableError,
    signal,
  });
}

/** The dependencies of {@link indexCheck}. */
export interface IndexCheckDeps {
  readonly table: CheckedTable;
  readonly client: OpenSearchClient;
  readonly search: Pick<SearchIndex, 'handle' | 'remove'>;
}

/**
 * Each item that is searched has its document, and there are no others. A document is repaired from the current state
 * of its item. One whose item is deleted is deleted under its own version: the document of a new item with that id is newer.
 *
 * @param from The index that is checked, or an alias of it: the read alias without it.
 */
export function indexCheck(
  deps: IndexCheckDeps,
  index: IndexName,
  from: string = readAlias(index),
): CopyCheck {
  return {
    check: `${index} index`,
    compare: async ({ id, key: seenKey }, signal) => {
      const seen =
        seenKey === undefined ? await readDocument(deps.client, { index, id }, signal, from) : undefined;
      const key = seenKey ?? keyOf(index, id, seen);
      // A document of no key that this table knows is of no item of it.
      const item = key && (await readCurrent(deps.table, key));
      const document = await readDocument(deps.client, { index, id }, signal, from);
      // Its last valid version may be searched until it is fixed.
      if (item === 'malformed') return { source: undefined, copy: document?.version, detail: undefined };
      return {
        source: item?.version,
        copy: document?.version,
        detail: documentFault(item && documentState(item), document),
        ...repairOf(deps, { index, id }, key, document, item),
      };
    },
  };
}

function repairOf(
  { table, search }: IndexCheckDeps,
  address: { readonly index: IndexName; readonly id: string },
  key: ItemKey | undefined,
  document: IndexedDocument | undefined,
  seen: TableItem | undefined,
): { readonly repair?: Repair } {
  // A write under an older version changes nothing: only a new index forgets the version.
  if (seen !== undefined && document !== undefined && document.version > seen.version) return {};
  const removal = read(Version, document?.version);
  // Not a version of this system: a removal under it would not be one either.
  if (seen === undefined && !removal.success) return {};
  return {
    repair: {
      how: seen === undefined ? 'delete the document' : 'write the document of the current item',
      run: async (signal) => {
        const item = key && (await readCurrent(table, key));
        if (item === 'malformed') return;
        if (item !== undefined) await search.handle(currentChange(item), signal);
        else if (removal.success) await search.remove(address, removal.data, signal);
      },
    },
  };
}

function keyOf(index: IndexName, id: string, document: IndexedDocument | undefined): ItemKey | undefined {
  const [orderId, sku, userId, owner] = [
    read(OrderId, id).data,
    read(Sku, id).data,
    read(UserId, id).data,
    read(UserId, document?.userId).data,
  ];
  switch (index) {
    case 'orders':
      return orderId && owner && orderKey(owner, orderId);
    case 'products':
      return sku && productKey(sku);
    case 'users':
      return userId && userKey(userId);
  }
}
