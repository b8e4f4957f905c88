import { Argument, type Command } from 'commander';
import * as z from 'zod';
import type { ConsumerStatus, SystemProblem, SystemStatus } from '../../../contracts/api/status.ts';
import { ConsumerName } from '../../../contracts/stream.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { enableConsumer, findMapping } from '../../../pipelines/status/consumer-mappings.ts';
import { duration } from '../../../pipelines/status/problems.ts';
import { readStatus } from '../../../pipelines/status/read-status.ts';
import { action, type CommandContext } from '../command-line/command.ts';
import { EXIT } from '../command-line/exit-codes.ts';
import type { Output } from '../command-line/output.ts';
import { activityLogOf } from '../command-line/recorded.ts';
import type { OpsTarget } from '../target/ops-target.ts';
import { probesOf } from '../target/required-responses.ts';

/** A new process opens its connections first, which takes longer than in a function that runs. */
const SOURCE_MS_MAX = 6_000;

/** The status of a target. */
export function statusOf(target: OpsTarget): Promise<SystemStatus> {
  const { lambda, cloudWatch, resources } = target;
  const functions = functionsOf(target);
  const deps = { ...probesOf(target), lambda, cloudWatch, functions, clock, service: resources.service };
  const ids = new Map<ConsumerName, Promise<string>>();
  const mappingId = (consumer: ConsumerName): Promise<string> => {
    const id = ids.get(consumer) ?? findMapping(lambda, functions[consumer]);
    ids.set(consumer, id);
    return id;
  };
  return readStatus({ ...deps, mappingId }, SOURCE_MS_MAX);
}

const functionsOf = ({ resources: { consumers } }: OpsTarget) => ({
  'order-events': consumers['order-events'].functionName,
  'search-index': consumers['search-index'].functionName,
});

/** `status`: what is wrong, since when, why, and until when nothing is lost. */
export function addStatus(program: Command): void {
  program
    .command('status')
    .description(
      'Show what is wrong, since when, why, and until when nothing is lost. Ends with 1 if something is wrong.',
    )
    // It probes everything itself, and says what does not respond.
    .action(action(z.object({}), status, []));
}

async function status({ target, out }: CommandContext) {
  const read = await statusOf(target);
  showStatus(out, read);
  return read.verdict === 'ok' ? EXIT.ok : EXIT.differs;
}

const VERDICTS: Readonly<Record<SystemStatus['verdict'], string>> = {
  ok: 'OK: nothing is wrong.',
  warning: 'WARNING',
  failing: 'FAILING',
};

/** Prints a status: the problems, each consumer, and the figures. */
export function showStatus(out: Output, read: SystemStatus): void {
  const { verdict, problems, consumers, sinks, deadLetters } = read;
  out.line(`${VERDICTS[verdict]}${verdict === 'ok' ? '' : `: ${problems.length} to look at`}`);
  for (const problem of problems) showProblem(out, problem);
  out.line('');
  out.table(
    ['consumer', 'state', 'behind', 'records a second', 'attempt', 'failing since'],
    consumers.map(consumerRow),
    read,
  );
  out.line(`Depends on: ${sinks.map(({ name, state }) => `${name} ${state}`).join(', ')}`);
  out.line(`Dead letters: ${deadLettersText(deadLetters)}`);
  out.line(verificationText(read.verification));
}

function deadLettersText(deadLetters: SystemStatus['deadLetters']): string {
  if (deadLetters === undefined) return 'not known';
  const { waiting, parked, isCutShort } = deadLetters;
  const each = ConsumerName.options.map((consumer) => `${consumer} ${waiting[consumer]}`).join(', ');
  return `${isCutShort ? 'at least ' : ''}${each}, parked ${parked}`;
}

function verificationText(verification: SystemStatus['verification']): string {
  if (verification === undefined) return 'Verified: not known; npm run ops -- verify';
  const { at, differences, inconclusive, malformed } = verification;
  const found = Object.entries({ differences, inconclusive, malformed }).filter(([, number]) => number > 0);
  const words = found.map(([name, number]) => `${number} ${name}`).join(', ') || 'no differences';
  return `Verified: ${at}, ${words}`;
}

function showProblem(out: Output, problem: SystemProblem): void {
  const { severity, title, since, safeUntil, impact, cause, attempt, records, runbook, command } = problem;
  const details = [
    ...(since === undefined ? [] : [`since ${since}`]),
    ...(attempt === undefined ? [] : [`attempt ${attempt}, ${records ?? 0} records`]),
  ].join(', ');
  out.line('');
  out.line(`${severity === 'failing' ? '✖' : '!'} ${title}${details === '' ? '' : ` (${details})`}`);
  out.line(`  ${impact}`);
  if (safeUntil !== undefined) out.line(`  Safe until ${safeUntil}.`);
  out.line(`  Cause: ${cause.code}: ${cause.message}`);
  out.line(`  See docs/runbook.md#${runbook}, and run: ${command}`);
}

const consumerRow = (one: ConsumerStatus): readonly (string | number)[] => [
  one.consumer,
  one.state,
  one.secondsBehind === undefined ? 'no data' : duration(one.secondsBehind),
  one.recordsPerSecond ?? '',
  one.attempt ?? '',
  one.failingSince ?? '',
];

const ConsumerArgument = z.object({ args: z.tuple([ConsumerName]) });

/** `pause` and `resume`: disable and enable the event source mapping of a consumer. */
export function addPauseAndResume(program: Command): void {
  const consumer = () => new Argument('<consumer>', 'the consumer').choices([...ConsumerName.options]);
  program
    .command('pause')
    .description('Pause a consumer. Its records wait in the stream, for 24 hours at most.')
    .addArgument(consumer())
    .action(
      action(ConsumerArgument, (context, { args }) => enable(context, args[0], false), ['operations-table']),
    );
  program
    .command('resume')
    .description('Resume a consumer where it was paused.')
    .addArgument(consumer())
    .action(
      action(ConsumerArgument, (context, { args }) => enable(context, args[0], true), ['operations-table']),
    );
}

async function enable({ target, out }: CommandContext, consumer: ConsumerName, isEnabled: boolean) {
  const { lambda, actor } = target;
  const activity = activityLogOf(target);
  const mappingId = (of: ConsumerName) => findMapping(lambda, functionsOf(target)[of]);
  const state = await enableConsumer({ lambda, mappingId, activity }, consumer, isEnabled, actor);
  out.table(['consumer', 'state'], [[state.consumer, state.state]], state);
  if (!isEnabled)
    out.line(`Resume it before "Safe until" of npm run ops -- status: npm run ops -- resume ${consumer}`);
  return EXIT.ok;
}
