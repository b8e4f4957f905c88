import analysis from '../../infra/opensearch/analysis.json' with { type: 'json' };
import heartbeats from '../../infra/opensearch/heartbeats.json' with { type: 'json' };
import orders from '../../infra/opensearch/orders.json' with { type: 'json' };
import products from '../../infra/opensearch/products.json' with { type: 'json' };
import synonyms from '../../infra/opensearch/synonyms.json' with { type: 'json' };
import users from '../../infra/opensearch/users.json' with { type: 'json' };
import type { IndexDefinition } from '../../pipelines/search/admin/install-indices.ts';
import { HEARTBEATS_INDEX } from '../../pipelines/search/index-names.ts';

/**
 * The analysis of every index that is searched by text. Synonyms are applied to the query alone, so that another list of them changes
 * no document. See https://docs.opensearch.org/latest/analyzers/token-filters/synonym-graph/.
 */
const textAnalysis = {
  ...analysis,
  filter: { synonyms: { type: 'synonym_graph', synonyms } },
  analyzer: {
    ...analysis.analyzer,
    words_search: {
      ...analysis.analyzer.words,
      filter: [...analysis.analyzer.words.filter, 'synonyms'],
    },
  },
};

const searchedByText = (body: IndexDefinition['body']): IndexDefinition['body'] => ({
  ...body,
  settings: { ...body.settings, analysis: textAnalysis },
});

/** The indices of this version of the system, bundled with the code that installs them. */
export const indexDefinitions: readonly IndexDefinition[] = [
  { name: 'orders', body: searchedByText(orders) },
  { name: 'products', body: searchedByText(products) },
  { name: 'users', body: searchedByText(users) },
  { name: HEARTBEATS_INDEX, body: heartbeats },
];
