import heartbeats from '../../infra/opensearch/heartbeats.json' with { type: 'json' };
import orders from '../../infra/opensearch/orders.json' with { type: 'json' };
import products from '../../infra/opensearch/products.json' with { type: 'json' };
import users from '../../infra/opensearch/users.json' with { type: 'json' };
import type { IndexDefinition } from '../../pipelines/search/admin/install-indices.ts';
import { HEARTBEATS_INDEX } from '../../pipelines/search/index-names.ts';

/** The indices of this version of the system, bundled with the code that installs them. */
export const indexDefinitions: readonly IndexDefinition[] = [
  { name: 'orders', body: orders },
  { name: 'products', body: products },
  { name: 'users', body: users },
  { name: HEARTBEATS_INDEX, body: heartbeats },
];
