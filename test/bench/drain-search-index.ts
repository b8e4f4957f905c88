import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Client } from '@opensearch-project/opensearch';
import type { DynamoDBRecord } from 'aws-lambda';
import { OrderItem } from '../../contracts/entities/order.ts';
import { documentOf } from '../../pipelines/search/documents.ts';
import { SearchIndex, searchIndexConsumer } from '../../pipelines/search/indexing/search-index.ts';
import { emailHashes, hashEmail } from '../builders/email-hash.ts';
import { consumerSettings } from '../builders/stream/consumer-settings.ts';
import { feed, feedPowertools } from './feed.ts';

const { batchSize: BATCH_SIZE } = consumerSettings('search-index');
const ALIAS = 'orders-write';

/** The consumer, fed as the template's mapping feeds it, but for the number of lanes. */
export const throughConsumer = (
  client: Client,
  records: readonly DynamoDBRecord[],
  lanes: number,
): Promise<void> =>
  feed(records, { batchSize: BATCH_SIZE, lanes }, () =>
    searchIndexConsumer(new SearchIndex({ emailHash: emailHashes, client })),
  );

/** The plain loop: unmarshall, then one request, one record after the other. */
export async function byPlainLoop(client: Client, records: readonly DynamoDBRecord[]): Promise<void> {
  for (const record of records) await indexOne(client, record);
}

/** Powertools' own batch processor over the same request a record: all records of a batch at once. */
export const byPowertools = (
  client: Client,
  records: readonly DynamoDBRecord[],
  lanes: number,
): Promise<void> =>
  feedPowertools(records, { batchSize: BATCH_SIZE, lanes }, (record) => indexOne(client, record));

async function indexOne(client: Client, { dynamodb }: DynamoDBRecord): Promise<void> {
  const document = documentOf(
    OrderItem.parse(unmarshall(dynamodb?.NewImage as Record<string, AttributeValue>)),
    hashEmail,
  );
  if (document === undefined) return;
  await client.index({
    index: ALIAS,
    id: document.id,
    version: document.version,
    version_type: 'external_gte',
    body: { ...document.source },
  });
}

type Documents = readonly ReturnType<typeof documentOf>[];

/** The documents of the records' orders. */
export const documentsOf = (records: readonly DynamoDBRecord[]): Documents =>
  records.map(({ dynamodb }) =>
    documentOf(OrderItem.parse(unmarshall(dynamodb?.NewImage as Record<string, AttributeValue>)), hashEmail),
  );

/** What one would write by hand: `client.bulk` of the documents, with no check of anything. Each lane has its part of them. */
export async function byBareBulk(client: Client, documents: Documents, lanes: number): Promise<void> {
  const perLane = Math.ceil(documents.length / lanes);
  const parts = Array.from({ length: lanes }, (_, lane) =>
    documents.slice(lane * perLane, (lane + 1) * perLane),
  );
  await Promise.all(parts.map((part) => bulkOneByOne(client, part)));
}

async function bulkOneByOne(client: Client, documents: Documents): Promise<void> {
  for (let from = 0; from < documents.length; from += BATCH_SIZE) {
    const body = documents.slice(from, from + BATCH_SIZE).flatMap((document) => [
      {
        index: {
          _index: ALIAS,
          _id: document?.id,
          version: document?.version,
          version_type: 'external_gte' as const,
        },
      },
      { ...document?.source },
    ]);
    const response = await client.bulk({ body });
    if (response.body.errors) throw new RangeError('A document was refused');
  }
}
