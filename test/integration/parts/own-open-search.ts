import { Client } from '@opensearch-project/opensearch';
import { afterAll } from 'vitest';
import type { LocalPart } from '../../../infra/local/machine/local-part.ts';
import { startOpenSearch } from '../../../infra/local/parts/opensearch.ts';

const nodes: LocalPart[] = [];
afterAll(() => Promise.all(nodes.map((node) => node.stop())));

/** A client of an OpenSearch node that this test file alone has. The node ends with the file. */
export async function ownOpenSearch(): Promise<Client> {
  const node = await startOpenSearch();
  nodes.push(node);
  return new Client({ node: node.endpoint });
}
