import { type RatioBar, ratioChart } from '../chart.ts';
import { type Benchmark, type Benchmarks, holds, type Section, type Target } from './benchmark.ts';
import { figure, paragraphs, table } from './markdown.ts';
import { messageOf } from './message.ts';
import type { Outcome, Run } from './run.ts';

const CHART = 'benchmarks.svg';
const SECONDS_PER_MINUTE = 60;

const INTRODUCTION = paragraphs(`
  # Benchmarks

  <!-- Written by npm run bench -- --all. Do not edit it: change test/bench, and run npm run bench -- --render. -->

  \`npm run bench -- --all\` measures everything on this page and writes it, [benchmarks.json](benchmarks.json) and the charts. All figures are of one commit and one machine.
  Absolute figures belong to the machine. What carries over is the ratios, whose two sides ran in turn. \`--only NAME\` prints one section.
`);

const ELSEWHERE = paragraphs(`
  ## Figures that other commands print

  | command | figures |
  |---|---|
  | \`npm run mutate\`, \`npm run mutate:quick\` | [mutation-testing.md](mutation-testing.md) |
  | \`npm run simulate -- --bugs\`, \`npm run test:simulation\` | [simulation.md](simulation.md) |
  | \`npm run faults\` | [faults.md](faults.md) |
  | \`.ci/run\` | what each suite and check took, at its end |
`);

/** The page of a run: it has nothing that is not of this run. */
export function pageOf(run: Run, benchmarks: Benchmarks): string {
  const sections = sectionsOf(run, benchmarks);
  const targets = sections.flatMap(({ section }) => section?.targets ?? []);
  return `${[
    INTRODUCTION,
    runTable(run),
    '## Targets',
    `${targets.filter(holds).length} of ${targets.length} hold.${withoutFigures(sections)}`,
    ...(targets.length === 0 ? [] : [targetTable(targets)]),
    `![The ratios that have a target, and the targets](${CHART})`,
    ...sections.map(sectionText),
    '## Duration',
    durations(run, benchmarks),
    ELSEWHERE,
  ].join('\n\n')}\n`;
}

/** The charts of a run, by the names of their files. One without figures is empty. */
export function chartsOf(run: Run, benchmarks: Benchmarks): Readonly<Record<string, string>> {
  const sections = sectionsOf(run, benchmarks);
  const ratios = sections
    .flatMap(({ section }) => section?.targets ?? [])
    .filter(({ unit }) => unit === undefined);
  const own = sections.flatMap(({ chart, section }) =>
    chart === undefined ? [] : [[chart, ratioChart(section?.bars ?? [])] as const],
  );
  return { [CHART]: ratioChart(ratios.map(barOf)), ...Object.fromEntries(own) };
}

/** One benchmark's section, for the page and for the terminal. */
export function printed(benchmark: Benchmark, outcome: Outcome): string {
  const page = sectionOf(benchmark, outcome);
  const targets = page.section?.targets ?? [];
  return [sectionText(page), ...(targets.length === 0 ? [] : [targetTable(targets)])].join('\n\n');
}

interface PageSection {
  readonly title: string;
  readonly chart: string | undefined;
  readonly section: Section | undefined;
  /** Why there is none. */
  readonly missing: string;
}

const sectionsOf = ({ outcomes }: Run, benchmarks: Benchmarks): readonly PageSection[] =>
  Object.entries(benchmarks).map(([name, benchmark]) => sectionOf(benchmark, outcomes[name]));

function sectionOf({ title, chart, present }: Benchmark, outcome: Outcome | undefined): PageSection {
  const page = { title, chart, section: undefined };
  if (outcome === undefined) return { ...page, missing: '**Not measured** in this run.' };
  const { figures, failed, seconds } = outcome;
  if (failed !== undefined)
    return { ...page, missing: `**Failed** after ${figure(seconds)} s: ${code(failed)}.` };
  try {
    return { ...page, section: present(figures), missing: '' };
  } catch (error) {
    // Figures of a version of the benchmark that had others.
    return {
      ...page,
      missing: `**Not readable** by this version of the benchmark: ${code(messageOf(error))}.`,
    };
  }
}

const code = (text: string): string => `\`${text.replaceAll('`', "'")}\``;

function sectionText({ title, chart, section, missing }: PageSection): string {
  if (section === undefined) return `## ${title}\n\n${missing}`;
  const picture = chart === undefined ? [] : [`![${title}](${chart})`];
  return [`## ${title}`, section.text, ...picture].join('\n\n');
}

function withoutFigures(sections: readonly PageSection[]): string {
  const titles = sections.filter(({ section }) => section === undefined).map(({ title }) => title);
  return titles.length === 0 ? '' : ` Without figures, and so without their targets: ${titles.join(', ')}.`;
}

function runTable({ machine, load, commit, isClean, outcomes }: Run): string {
  const ends = Object.values(outcomes).flatMap(({ at, seconds }) => [
    Date.parse(at),
    Date.parse(at) + seconds * 1_000,
  ]);
  const time = ends.length === 0 ? '' : `${minuteOf(Math.min(...ends))} to ${minuteOf(Math.max(...ends))}`;
  return table(
    ['the run', ''],
    [
      ['commit', `\`${commit}\`${isClean ? '' : ', **with changes that are not in it**'}`],
      ['time (UTC)', time],
      ['machine', machine],
      ['highest load before it', figure(load, 2)],
    ],
  );
}

const minuteOf = (ms: number): string =>
  new Date(ms).toISOString().slice(0, 'yyyy-mm-ddThh:mm'.length).replace('T', ' ');

function durations({ outcomes }: Run, benchmarks: Benchmarks): string {
  const taken = Object.keys(benchmarks).flatMap((name) => outcomes[name]?.seconds ?? []);
  const rows = Object.keys(benchmarks).map((name) => [
    `\`--only ${name}\``,
    minutes(outcomes[name]?.seconds),
  ]);
  const sum = taken.reduce((total, one) => total + one, 0);
  return table(['benchmark', 'minutes'], [...rows, ['all', minutes(sum)]]);
}

const minutes = (seconds: number | undefined): string =>
  seconds === undefined ? '' : figure(seconds / SECONDS_PER_MINUTE, 1);

const targetTable = (targets: readonly Target[]): string =>
  table(
    ['target', 'wanted', 'measured', 'holds'],
    targets.map((target) => [
      target.name,
      `at ${target.is} ${amount(target.wanted, target)}`,
      amount(target.measured, target),
      holds(target) ? 'yes' : '**no**',
    ]),
  );

const SMALL = 100;
function amount(value: number, { unit }: Target): string {
  if (Number.isNaN(value)) return 'not known';
  const decimals = (Number.isInteger(value) && unit !== undefined) || Math.abs(value) >= SMALL ? 0 : 2;
  return `${figure(value, decimals)}${unit === undefined ? '' : ` ${unit}`}`;
}

const barOf = ({ name, measured, wanted, is }: Target): RatioBar => ({
  label: name,
  ratio: measured,
  target: { ratio: wanted, is },
});
