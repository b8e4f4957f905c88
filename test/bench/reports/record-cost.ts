import type { Benchmark } from '../page/benchmark.ts';
import { figure, paragraphs, spread, table } from '../page/markdown.ts';
import { measureRecordCost, type RecordCost } from '../record-cost.ts';

/** How many times \`unmarshall\` alone a step may take, with those before it. */
const MOST: Readonly<Record<string, number>> = { 'group and route': 2, 'report the batch': 2.4 };

const METHOD = paragraphs(`
  The processor's time for INSERT records of superstore orders, in turn with \`unmarshall\` of their image alone. The figures are medians of the rounds. In
  brackets are the quartiles of the rounds' ratios.
`);

export const recordCost: Benchmark<RecordCost> = {
  title: 'What a record costs before any sink',
  minutesMax: 5,
  measure: () => measureRecordCost(),
  present: ({ unmarshallMicroseconds, steps }) => ({
    text: `${METHOD}\n\n${table(
      ['step, each with the ones before it', 'us a record', 'times unmarshall'],
      [
        ['unmarshall', figure(unmarshallMicroseconds, 1), ''],
        ...steps.map(({ step, microseconds, ratio, quartiles }) => [
          step,
          figure(microseconds, 1),
          spread(ratio, quartiles),
        ]),
      ],
    )}`,
    targets: steps.flatMap(({ step, ratio }) => {
      const wanted = MOST[step];
      return wanted === undefined
        ? []
        : [
            {
              name: `processor a record: ${step} / unmarshall`,
              measured: ratio,
              wanted,
              is: 'most' as const,
            },
          ];
    }),
  }),
};
