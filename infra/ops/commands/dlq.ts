import { type Command, Option } from 'commander';
import { ConsumerName } from '../../../contracts/stream.ts';
import { count, instantOrAge, named } from '../command-line/arguments.ts';
import { action } from '../command-line/command.ts';
import { ListOptions, list } from './dlq/list.ts';
import { PurgeOptions, purge } from './dlq/purge.ts';
import { ReplayOptions, replay } from './dlq/replay.ts';
import { ShowOptions, show } from './dlq/show.ts';

const SELECTED_MAX = 10_000;
const LISTED_MAX = 100;
const RECORDS_PER_SECOND = 50;

/** `dlq`: lists, shows, replays and deletes dead letters. */
export function addDlq(program: Command): void {
  const dlq = program.command('dlq').description('List, show, replay and delete dead letters.');
  const command = (name: string, description: string): Command =>
    dlq
      .command(name)
      .description(description)
      .addOption(
        new Option('--consumer <name>', 'only dead letters of this consumer').choices([
          ...ConsumerName.options,
        ]),
      )
      .option('--parked', 'use the parking queue instead of the dead-letter queues of the consumers', false);
  const filtered = (name: string, description: string): Command =>
    command(name, description)
      .argument('[messageId]', 'one dead letter; without it, all that match the filters')
      .option(
        '--reason <code>',
        'only with this reason: a code of the consumer (contract-violation) or a condition of Lambda',
        named,
      )
      .option('--entity <type>', 'only of items of this type (Order, Product, User)', named)
      .option(
        '--since <time>',
        'only first seen at or after this time: 2026-03-01T12:00Z, 2026-03-01, or an age (30m, 12h, 2d)',
        instantOrAge,
      )
      .option('--limit <n>', 'at most this many dead letters', count, SELECTED_MAX)
      .option('--dry-run', 'list the selected dead letters and change nothing', false);
  command('list', 'List dead letters.')
    .option('--limit <n>', 'at most this many dead letters', count, LISTED_MAX)
    .action(action(ListOptions, list));
  command('show', 'Show one dead letter: its records with their images, and the current state of the items.')
    .argument('<messageId>')
    .action(action(ShowOptions, show));
  filtered(
    'replay',
    'Process the records of dead letters again. Delete each dead letter whose records succeed.',
  )
    .option('--rate <n>', 'at most this many records a second', count, RECORDS_PER_SECOND)
    .action(action(ReplayOptions, replay));
  filtered('purge', 'Delete dead letters permanently, after confirmation.')
    .option('--yes', 'do not ask for confirmation', false)
    .action(action(PurgeOptions, purge));
}
