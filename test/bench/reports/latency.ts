import { type Latency, measureLatency } from '../latency.ts';
import type { Benchmark } from '../page/benchmark.ts';
import { figure, paragraphs, table } from '../page/markdown.ts';

/** Below this share of the rate, the system did not keep up. */
const KEPT_UP = 0.9;

const METHOD = paragraphs(`
  Orders of two lines come at a constant rate to the local system, which runs in another process, batching window 0. Each is sent when it is due, however
  many still wait for their responses (an open loop), and its time runs from then on. It is *written* when the API responds, *notified* when an SQS
  subscriber has its event, and *searchable* when a search finds it. The index refreshes once a second. The local mapping looks for records four times a
  second, as Lambda does. *Passed* are the orders a second up to the last effect of the last order. *Refused*
  are those that the API refused, or did not respond to within 30 s; no other figure has them.
`);

export const latency: Benchmark<readonly Latency[]> = {
  title: 'From a write to its effects',
  minutesMax: 15,
  measure: () => measureLatency(),
  present: (measured) => ({
    text: [
      METHOD,
      table(
        [
          'orders/s',
          'orders',
          'refused',
          'passed, orders/s',
          'written: p50, ms',
          'p99, ms',
          'notified: p50, ms',
          'p99, ms',
          'searchable: p50, ms',
          'p99, ms',
        ],
        measured.map(({ rate, orders, refused, ratePassed, written, notified, searchable }) =>
          [
            figure(rate),
            figure(orders),
            figure(refused),
            figure(ratePassed, 1),
            ...[written, notified, searchable].flatMap(({ p50, p99 }) => [figure(p50), figure(p99)]),
          ].map((cell) => (refused > 0 ? `**${cell}**` : cell)),
        ),
      ),
      ...measured
        .filter(({ refused }) => refused > 0)
        .map(
          ({ rate, orders, refused }) =>
            `**At ${figure(rate)} orders/s, ${figure(refused)} of ${figure(orders)} orders were refused.** The latency of this row is without them, so it is too low.`,
        ),
      ...measured
        .filter(({ rate, ratePassed }) => ratePassed < KEPT_UP * rate)
        .map(
          ({ rate, ratePassed }) =>
            `**At ${figure(rate)} orders/s the local system did not keep up.** It passed ${figure(ratePassed, 1)}, so the latency of this row is that of a queue that grows.`,
        ),
    ].join('\n\n'),
    targets: [],
  }),
};
