import type { Client } from '@opensearch-project/opensearch';

/** The document of an id as it is now, refreshed or not; `undefined` when there is none. */
export async function storedDocument(
  client: Client,
  alias: string,
  id: string,
): Promise<{ readonly version: number | undefined; readonly source: unknown } | undefined> {
  const { body, statusCode } = await client.get({ index: alias, id, realtime: true }, { ignore: [404] });
  if (statusCode === 404) return undefined;
  return { version: body._version, source: body._source };
}
