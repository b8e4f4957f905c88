import { Client } from '@opensearch-project/opensearch';
import { startOpenSearch } from '../../../infra/local/parts/opensearch.ts';

/** A client of an OpenSearch node that this test file alone has. `beforeAll` returns `stop`, so that the node ends with the file. */
export async function ownOpenSearch(): Promise<{
  readonly client: Client;
  readonly stop: () => Promise<void>;
}> {
  const { endpoint, stop } = await startOpenSearch();
  return { client: new Client({ node: endpoint }), stop };
}
