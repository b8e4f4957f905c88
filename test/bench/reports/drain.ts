import { type Drained, type DrainRates, measureDrain, NETWORK_DELAY_MS } from '../drain.ts';
import type { Benchmark, Target } from '../page/benchmark.ts';
import { figure, paragraphs, table } from '../page/markdown.ts';
import { loadText } from './load.ts';

const SUBJECT = 'consumer';

const METHOD = paragraphs(`
  The input is the records of superstore orders, sorted by date, in the batches and lanes of the template's mappings. The figures are medians of the
  rounds. The variants:

  - **plain loop**: unmarshall, then one request for each effect, one record after the other, without idempotency;
  - **Powertools**: its BatchProcessor with the same effects a record, all records of a batch at once, in as many lanes;
  - **bare bulk**: \`_bulk\` of the same documents in as many lanes. They are made before the time begins, so the consumer alone reads and checks records.
`);

const DYNAMODB_LOCAL = paragraphs(`
  order-events, with DynamoDB Local. It is the bottleneck, since it writes in one thread, so these figures say little of the consumer:
`);

const UNBOUND = paragraphs(`
  order-events, with a table that is no bottleneck: the simulation's model in a process of its own, each request ${NETWORK_DELAY_MS} ms away, as it is inside
  a region at least. The model has no conflicts of concurrent transactions here; [the lanes](#lanes) have them:
`);

export const drain: Benchmark<Drained> = {
  title: 'Draining',
  minutesMax: 20,
  measure: () => measureDrain(),
  present: (drained) => ({
    text: [
      METHOD,
      'search-index, with OpenSearch:',
      ratesTable(drained.searchIndex),
      DYNAMODB_LOCAL,
      ratesTable(drained.orderEvents),
      UNBOUND,
      ratesTable(drained.orderEventsUnbound),
      loadText(drained),
    ].join('\n\n'),
    targets: [
      rateTarget('search-index', drained.searchIndex, 'bare bulk', 1),
      cpuTarget('search-index', drained.searchIndex, 'Powertools', 4),
      rateTarget('order-events', drained.orderEventsUnbound, 'plain loop', 10),
    ],
  }),
};

function ratesTable(rates: DrainRates): string {
  const subject = rates[SUBJECT];
  return table(
    ['variant', 'records/s', 'processor, us a record', 'consumer / variant', 'processor: variant / consumer'],
    Object.entries(rates).map(([name, { recordsPerSecond, cpuMicroseconds }]) => [
      name,
      figure(recordsPerSecond),
      figure(cpuMicroseconds),
      ...(name === SUBJECT || subject === undefined
        ? []
        : [
            figure(subject.recordsPerSecond / recordsPerSecond, 2),
            figure(cpuMicroseconds / subject.cpuMicroseconds, 2),
          ]),
    ]),
  );
}

const rateTarget = (of: string, rates: DrainRates, beside: string, wanted: number): Target => ({
  name: `${of}: records a second / ${beside}`,
  measured:
    (rates[SUBJECT]?.recordsPerSecond ?? Number.NaN) / (rates[beside]?.recordsPerSecond ?? Number.NaN),
  wanted,
  is: 'least',
});

const cpuTarget = (of: string, rates: DrainRates, beside: string, wanted: number): Target => ({
  name: `${of}: processor of ${beside} / consumer`,
  measured: (rates[beside]?.cpuMicroseconds ?? Number.NaN) / (rates[SUBJECT]?.cpuMicroseconds ?? Number.NaN),
  wanted,
  is: 'least',
});
