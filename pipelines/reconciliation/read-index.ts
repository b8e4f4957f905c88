import type { Client } from '@opensearch-project/opensearch';
import * as z from 'zod';
import { parse } from '../../contracts/reading.ts';
import type { Versions } from './compare-index.ts';

const PAGE_SIZE = 5_000;
const KEEP_ALIVE = '1m';

const PointInTime = z.object({ pit_id: z.string() });
const Page = z.object({
  pit_id: z.string(),
  hits: z.object({
    hits: z.array(z.object({ _id: z.string(), _version: z.int(), sort: z.array(z.unknown()) })),
  }),
});

/**
 * Reads the id and version of every document of an alias, at one moment. For indices that fit in memory.
 * See https://docs.opensearch.org/latest/search-plugins/searching-data/point-in-time/.
 *
 * @param idField A keyword field that no two documents share, to page by.
 */
export async function readIndex(client: Client, alias: string, idField: string): Promise<Versions> {
  await client.indices.refresh({ index: alias });
  const opened = await client.createPit({ index: [alias], keep_alive: KEEP_ALIVE });
  const { pit_id } = parse(PointInTime, opened.body);
  try {
    return await readPages(client, pit_id, idField);
  } finally {
    await client.deletePit({ body: { pit_id: [pit_id] } });
  }
}

async function readPages(client: Client, openedPitId: string, idField: string): Promise<Versions> {
  const versions = new Map<string, number>();
  let pitId = openedPitId;
  let after: unknown[] | undefined;
  do {
    const response = await client.http.post({
      path: '/_search',
      body: {
        size: PAGE_SIZE,
        _source: false,
        version: true,
        pit: { id: pitId, keep_alive: KEEP_ALIVE },
        sort: [{ [idField]: 'asc' }],
        ...(after === undefined ? {} : { search_after: after }),
      },
    });
    const page = parse(Page, response.body);
    pitId = page.pit_id;
    const { hits } = page.hits;
    for (const { _id, _version } of hits) versions.set(_id, _version);
    after = hits.at(-1)?.sort;
  } while (after !== undefined);
  return versions;
}
