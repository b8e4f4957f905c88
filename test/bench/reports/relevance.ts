import type { Benchmark } from '../page/benchmark.ts';
import { figure, paragraphs, table } from '../page/markdown.ts';
import {
  type MeasuredRelevance,
  measureStartedRelevance,
  NDCG_MIN,
  type QueryRelevance,
  RATIO_MIN,
} from '../relevance/measure-relevance.ts';

const DECIMALS = 3;

const METHOD = paragraphs(`
  Judged queries over the 5,009 orders of the superstore and 36 invented ones in German, French, Spanish and Portuguese: NDCG@10 of
  \`GET /search/orders\`. Beside it is a plain \`match\`, with its defaults, on the field that all others are copied to, which has the same analysis.
  \`test/bench/relevance\` has the queries, the grades 0 to 3 and the rule for them. The grades were set from the data, before any engine ran. A query for
  which there is nothing has 1 for no hit, else 0.
`);

/** What the page calls the queries of a kind. */
const KINDS: Readonly<Record<QueryRelevance['kind'], string>> = {
  product: 'products, complete names and words',
  beginning: 'beginnings, as while typing',
  typo: 'typos',
  person: 'persons',
  city: 'cities',
  id: 'ids',
  mixed: 'mixed',
  accent: 'accents and umlauts',
  code: 'ids without separators, by beginning and end',
  place: 'countries, states, postal codes',
  synonym: 'synonyms',
  none: 'for which there is nothing',
};

export const relevance: Benchmark<MeasuredRelevance> = {
  title: 'Relevance',
  minutesMax: 5,
  measure: () => measureStartedRelevance(),
  present: ({ mean, queries }) => {
    const below = queries.filter(({ search, plainMatch }) => search < plainMatch).map(({ q }) => `\`${q}\``);
    const list = below.length === 0 ? 'none' : below.join(', ');
    return {
      text: `${METHOD}\n\n${table(
        ['queries', 'number', 'search', 'plain match'],
        [
          ...[...Map.groupBy(queries, ({ kind }) => kind)].map(([kind, all]) => row(KINDS[kind], all)),
          row('**all**', queries),
        ],
      )}\n\nQueries below the plain match: ${list}.`,
      targets: [
        { name: 'relevance: NDCG@10', measured: mean.search, wanted: NDCG_MIN, is: 'least' },
        {
          name: 'relevance: NDCG@10 / plain match',
          measured: mean.search / mean.plainMatch,
          wanted: RATIO_MIN,
          is: 'least',
        },
      ],
    };
  },
};

const row = (name: string, queries: readonly QueryRelevance[]): readonly string[] => [
  name,
  String(queries.length),
  figure(meanOf(queries.map(({ search }) => search)), DECIMALS),
  figure(meanOf(queries.map(({ plainMatch }) => plainMatch)), DECIMALS),
];

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
