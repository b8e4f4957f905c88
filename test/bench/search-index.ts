import { Client } from '@opensearch-project/opensearch';
import { ulid } from 'ulid';
import { indexDefinitions } from '../../handlers/ops/index-definitions.ts';
import { decodeChange } from '../../pipelines/core/decode.ts';
import { documentOf } from '../../pipelines/search/documents.ts';
import { installIndices } from '../../pipelines/search/install-indices.ts';
import { SearchIndex } from '../../pipelines/search/search-index.ts';
import { orderItem, orderLine } from '../builders/items.ts';
import { insertOf } from '../builders/stream-record.ts';

// How fast orders get into the index: through SearchIndex, by a bare loop of client.bulk, and one request a document.
// Run it against a node that can be filled: OPENSEARCH_URL=http://127.0.0.1:9200 node test/bench/search-index.ts

const DOCUMENTS = 5_000;
const BATCH = 500;
const ROUNDS = 3;
const PRODUCTS = ['Somerset bookcase', 'Self-adhesive address labels', 'Slim rectangular table', 'Desk lamp'];
const CITIES = ['Los Angeles', 'Henderson', 'Fort Lauderdale', 'Concord'];

const node = process.env['OPENSEARCH_URL'];
if (node === undefined) throw new Error('OPENSEARCH_URL must name a node that can be filled');
const client = new Client({ node });
const { signal } = new AbortController();
const at = <T>(list: readonly T[], n: number): T | undefined => list[n % list.length];

const newOrders = () =>
  Array.from({ length: DOCUMENTS }, (_, n) =>
    orderItem({
      orderId: ulid(),
      lines: [0, 1].map((line) =>
        orderLine({ sku: `SKU-${n + line}`, name: `${at(PRODUCTS, n + line)} no. ${n}` }),
      ),
      shipTo: { name: `Customer ${n}`, city: at(CITIES, n) ?? '', region: 'West', country: 'United States' },
    }),
  );
const batches = <T>(list: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(list.length / BATCH) }, (_, n) => list.slice(n * BATCH, (n + 1) * BATCH));

type Variant = () => () => Promise<void>;

const throughSearchIndex: Variant = () => {
  const index = new SearchIndex({ client });
  const changes = newOrders().map((order) => decodeChange(insertOf(order)));
  return async () => {
    for (const batch of batches(changes))
      await Promise.all(batch.map((change) => index.handle(change, signal)));
  };
};

const byBareBulk: Variant = () => {
  const documents = newOrders().map(documentOf);
  return async () => {
    for (const batch of batches(documents)) {
      const body = batch.flatMap((document) => [
        {
          index: {
            _index: 'orders-write',
            _id: document?.id,
            version: document?.version,
            version_type: 'external_gte' as const,
          },
        },
        { ...document?.source },
      ]);
      const answer = await client.bulk({ body });
      if (answer.body.errors) throw new Error('A document was refused');
    }
  };
};

const oneByOne: Variant = () => {
  const documents = newOrders().map(documentOf);
  return async () => {
    for (const document of documents) {
      await client.index({
        index: 'orders-write',
        id: document?.id ?? '',
        version: document?.version ?? 0,
        version_type: 'external_gte',
        body: { ...document?.source },
      });
    }
  };
};

await installIndices(client, indexDefinitions);
for (let round = 1; round <= ROUNDS; round += 1) {
  for (const [name, variant] of Object.entries({ throughSearchIndex, byBareBulk, oneByOne })) {
    const run = variant();
    const cpuBefore = process.cpuUsage();
    const startedAtMs = performance.now();
    await run();
    const seconds = (performance.now() - startedAtMs) / 1_000;
    const cpu = process.cpuUsage(cpuBefore);
    const cpuMs = (cpu.user + cpu.system) / 1_000;
    console.log(
      `round ${round} ${name}: ${Math.round(DOCUMENTS / seconds)} documents/s, ${cpuMs.toFixed(0)} ms of CPU here`,
    );
  }
}
await client.close();
