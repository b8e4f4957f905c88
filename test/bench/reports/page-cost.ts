import { STATUS_PARTITIONS as DEFAULT } from '../../builders/values/items.ts';
import type { Benchmark } from '../page/benchmark.ts';
import { figure, paragraphs, table } from '../page/markdown.ts';
import { measurePageCost, type PageCost } from '../page-cost.ts';
import { onRealParts } from '../real-parts.ts';

/** The template's default among others. */
const STATUS_PARTITIONS = [1, DEFAULT, 8, 64];
const RATIO_MAX = 4;

const METHOD = paragraphs(`
  A page of 20 is merged from all partitions of its list. The table has the read units of DynamoDB Local's \`ReturnConsumedCapacity\`, and what they are
  beside a Query of one partition. See [ADR 0070](../adr/0070-orders-by-status-on-numbered-partitions.md#consequences).
`);

export const pageCost: Benchmark<readonly PageCost[]> = {
  title: 'Read units of a page',
  minutesMax: 5,
  measure: () => onRealParts(({ dynamoDb }) => measurePageCost(dynamoDb, STATUS_PARTITIONS)),
  present: (costs) => ({
    text: `${METHOD}\n\n${table(
      ['list', 'partitions', 'read units', 'queries', 'times one Query'],
      costs.map(({ list, spread, readUnits, queries, ratio }) => [
        list,
        spread,
        figure(readUnits, 1),
        figure(queries, 1),
        figure(ratio, 2),
      ]),
    )}`,
    targets: costs
      .filter(({ list, spread }) => list === 'orders by status' && spread === `${DEFAULT} partitions`)
      .map(({ ratio }) => ({
        name: 'a page of orders by status: read units / one Query',
        measured: ratio,
        wanted: RATIO_MAX,
        is: 'most',
      })),
  }),
};
