import { type ColdStart, type Compared, measureColdStart } from '../cold-start.ts';
import type { Benchmark } from '../page/benchmark.ts';
import { figure, paragraphs, spread, table } from '../page/markdown.ts';

const RATIO_MAX = 1.3;
const BYTES_PER_KB = 1_000;

const METHOD = paragraphs(`
  Each function starts in a fresh process, which imports its bundle as Lambda does, clients included, and makes a first request. In turn, so does a
  handler of the same routes. That one is written by hand on the SDK alone (\`test/bench/cold-start/plain\`). It is bundled with the same options,
  without what our build replaces: the SDK's chain of credentials ([ADR 0091](../adr/0091-bundles-hold-what-runs.md)), the imports of Node's modules, and
  the SDK's files of configuration ([ADR 0096](../adr/0096-builtins-by-require.md)). The last column is beside the same handler with the replacements. The
  figures are medians of the pairs: the function, the plain handler and the ratio. In brackets
  are the quartiles of the pairs' ratios.
`);

/** The targets are on the clock: the median and the third quartile of the init, and the first request with its init. */
export const coldStart: Benchmark<readonly ColdStart[]> = {
  title: 'Cold start of the API',
  minutesMax: 10,
  measure: () => measureColdStart(),
  present: (starts) => ({
    text: `${METHOD}\n\n${table(
      [
        'function',
        'bundle, kB',
        'init, ms',
        'processor in init, ms',
        'init and first call, ms',
        'processor in both, ms',
        'processor in init, plain with the replacement, ms',
      ],
      starts.map(({ logicalId, bundleBytes, ...times }) => [
        nameOf(logicalId),
        [bundleBytes.ours, bundleBytes.plain].map((size) => figure(size / BYTES_PER_KB)).join(' / '),
        sides(times.init),
        sides(times.initCpu),
        sides(times.answered),
        sides(times.answeredCpu),
        sides(times.initCpuReplaced),
      ]),
    )}`,
    targets: starts.flatMap(({ logicalId, init, answered }) => [
      atMost(`cold start of ${nameOf(logicalId)}: init / plain handler`, init.ratio),
      atMost(`cold start of ${nameOf(logicalId)}: init, third quartile`, init.quartiles[1]),
      ...(answered === undefined
        ? []
        : [
            atMost(`cold start of ${nameOf(logicalId)}: first request / plain handler`, answered.ratio),
            atMost(
              `cold start of ${nameOf(logicalId)}: first request, third quartile`,
              answered.quartiles[1],
            ),
          ]),
    ]),
  }),
};

const nameOf = (logicalId: string): string => logicalId.replace(/Function$/, '');

const atMost = (name: string, measured: number) => ({
  name,
  measured,
  wanted: RATIO_MAX,
  is: 'most' as const,
});

/** `137 / 102 = 1.34 (1.28-1.40)`. */
function sides(compared: Compared | undefined): string {
  if (compared === undefined) return '';
  const { ours, plain, ratio, quartiles } = compared;
  return `${figure(ours)} / ${figure(plain)} = ${spread(ratio, quartiles)}`;
}
