import { type Command, Option } from 'commander';
import { ConsumerName } from '../../../contracts/stream.ts';
import { count, instantOrAge, named } from '../arguments.ts';
import { action } from '../command.ts';
import { ListOptions, list } from './dlq/list.ts';
import { PurgeOptions, purge } from './dlq/purge.ts';
import { ReplayOptions, replay } from './dlq/replay.ts';
import { ShowOptions, show } from './dlq/show.ts';

const LOOKED_AT_MAX = 10_000;
const LISTED_MAX = 100;
const RECORDS_PER_SECOND = 50;

/** `dlq`: looks at dead letters, replays and purges them. */
export function addDlq(program: Command): void {
  const dlq = program.command('dlq').description('looks at dead letters, replays and purges them');
  const command = (name: string, description: string): Command =>
    dlq
      .command(name)
      .description(description)
      .addOption(new Option('--consumer <name>', 'of this consumer alone').choices([...ConsumerName.options]))
      .option(
        '--parked',
        'those that the redrive has parked, instead of those on the consumers’ own queues',
        false,
      );
  const filtered = (name: string, description: string): Command =>
    command(name, description)
      .argument('[messageId]', 'one letter; all that pass the filters without it')
      .option('--reason <code>', "the consumer's reason (contract-violation), or Lambda's condition", named)
      .option('--entity <type>', 'of an item of this type (Order, Product, User)', named)
      .option(
        '--since <time>',
        'first seen since then: 2026-03-01T12:00Z, 2026-03-01, or 30m, 12h, 2d ago',
        instantOrAge,
      )
      .option('--limit <n>', 'at most so many letters', count, LOOKED_AT_MAX)
      .option('--dry-run', 'only say which letters are meant', false);
  command('list', 'lists letters')
    .option('--limit <n>', 'at most so many letters', count, LISTED_MAX)
    .action(action(ListOptions, list));
  command('show', 'shows a letter: its records with their images, and what the table holds now')
    .argument('<messageId>')
    .action(action(ShowOptions, show));
  filtered('replay', 'runs the records of letters again, and deletes each letter that succeeds')
    .option('--rate <n>', 'records a second', count, RECORDS_PER_SECOND)
    .action(action(ReplayOptions, replay));
  filtered('purge', 'deletes letters for good, after asking')
    .option('--yes', 'do not ask', false)
    .action(action(PurgeOptions, purge));
}
