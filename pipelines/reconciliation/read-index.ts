import { createHash } from 'node:crypto';
import type { Client } from '@opensearch-project/opensearch';
import * as z from 'zod';
import type { TableItem } from '../../contracts/entities/entities.ts';
import { parse } from '../../contracts/reading.ts';
import { ProductDocument } from '../../contracts/search/documents.ts';
import { productDocument } from '../search/documents.ts';
import { ID_FIELDS, type IndexName, readAlias } from '../search/index-names.ts';

/**
 * A short form of what a document holds. Two documents of one item have the same one if and only if they hold the same. Of an order
 * and a user it is the version, which their documents have; of a product, a digest.
 */
export type DocumentContent = number | string;

/** A document, or the one that an item must have. */
export interface DocumentState {
  /** The version of the item that it is made of. */
  readonly version: number;
  readonly content: DocumentContent;
}

type Source = Readonly<Record<string, unknown>>;

const PRODUCT_FIELDS = Object.keys(ProductDocument.shape);
/** The fields of a document that {@link documentContent} needs. */
export const COMPARED_FIELDS: Readonly<Record<IndexName, readonly string[]>> = {
  orders: [],
  products: [...PRODUCT_FIELDS, 'stock'],
  users: [],
};

/** What the document holds that an index has under that version. */
export function documentContent(index: IndexName, version: number, source: Source = {}): DocumentContent {
  if (index !== 'products') return version;
  const fields: Source = { ...source, inStock: source['inStock'] ?? inStockOfOldForm(source) };
  const values = PRODUCT_FIELDS.map((name) => fields[name]);
  return createHash('sha256').update(JSON.stringify(values)).digest('base64');
}

// Until the first rebuild after the upgrade an index also has documents with the stock itself, which were right when written.
const inStockOfOldForm = ({ stock }: Source): boolean | undefined =>
  typeof stock === 'number' ? stock > 0 : undefined;

/** What the document of an item must be. */
export function documentState(item: TableItem): DocumentState {
  const { version } = item;
  const source = item.entityType === 'Product' ? productDocument(item) : undefined;
  return { version, content: source === undefined ? version : documentContent('products', version, source) };
}

const PAGE_SIZE = 5_000;
const KEEP_ALIVE = '1m';

const PointInTime = z.object({ pit_id: z.string() });
const Page = z.object({
  pit_id: z.string(),
  hits: z.object({
    hits: z.array(
      z.object({
        _id: z.string(),
        _version: z.int(),
        _source: z.record(z.string(), z.unknown()).optional(),
        sort: z.array(z.unknown()),
      }),
    ),
  }),
});

/**
 * Reads the version and the content of every document of an index by its id, at one moment. For indices that fit in memory.
 * See https://docs.opensearch.org/latest/search-plugins/searching-data/point-in-time/.
 *
 * @param from The index that is read, or an alias of it: the read alias without it.
 */
export async function readIndex(
  client: Client,
  name: IndexName,
  from = readAlias(name),
): Promise<ReadonlyMap<string, DocumentState>> {
  await client.indices.refresh({ index: from });
  const opened = await client.createPit({ index: [from], keep_alive: KEEP_ALIVE });
  const { pit_id } = parse(PointInTime, opened.body);
  try {
    return await readPages(client, pit_id, name);
  } finally {
    await client.deletePit({ body: { pit_id: [pit_id] } });
  }
}

async function readPages(
  client: Client,
  openedPitId: string,
  name: IndexName,
): Promise<ReadonlyMap<string, DocumentState>> {
  const documents = new Map<string, DocumentState>();
  const fields = COMPARED_FIELDS[name];
  let pitId = openedPitId;
  let after: unknown[] | undefined;
  do {
    const response = await client.http.post({
      path: '/_search',
      body: {
        size: PAGE_SIZE,
        _source: fields.length > 0 && fields,
        version: true,
        pit: { id: pitId, keep_alive: KEEP_ALIVE },
        sort: [{ [ID_FIELDS[name]]: 'asc' }],
        ...(after === undefined ? {} : { search_after: after }),
      },
    });
    const page = parse(Page, response.body);
    pitId = page.pit_id;
    const { hits } = page.hits;
    for (const { _id, _version: version, _source } of hits)
      documents.set(_id, { version, content: documentContent(name, version, _source) });
    after = hits.at(-1)?.sort;
  } while (after !== undefined);
  return documents;
}
