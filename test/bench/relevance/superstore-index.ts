import type { Client } from '@opensearch-project/opensearch';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { documentOf } from '../../../pipelines/search/documents.ts';
import type { OpenSearchClient } from '../../../pipelines/search/open-search.ts';
import { hashEmail } from '../../builders/email-hash.ts';

const ORDERS_A_REQUEST = 1_000;
const ALIAS = '/orders/';

/**
 * Puts the orders into an index of their own, mapped as the system maps orders, so that no other order has a part in their scores.
 *
 * @returns a client that searches this index where the system's is named.
 */
export async function superstoreIndex(
  client: Client,
  name: string,
  orders: readonly OrderItem[],
): Promise<OpenSearchClient> {
  const body = indexDefinitions.find((definition) => definition.name === 'orders')?.body;
  await client.transport.request({ method: 'PUT', path: `/${name}`, ...(body && { body }) });
  for (let from = 0; from < orders.length; from += ORDERS_A_REQUEST) {
    const lines = orders.slice(from, from + ORDERS_A_REQUEST).flatMap((order) => {
      const document = documentOf(order, hashEmail);
      return [{ index: { _index: name, _id: document?.id } }, { ...document?.source }];
    });
    const response = await client.bulk({ body: lines });
    if (response.body.errors) throw new RangeError('A document was refused');
  }
  await client.indices.refresh({ index: name });
  return {
    transport: {
      request: (request, limits) =>
        client.transport.request({ ...request, path: request.path.replace(ALIAS, `/${name}/`) }, limits),
    },
  };
}
