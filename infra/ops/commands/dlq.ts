import { type Command, Option } from 'commander';
import { REPLAY_RATE_MAX } from '../../../contracts/api/dead-letters.ts';
import { ConsumerName } from '../../../contracts/stream.ts';
import { countUpTo, instantOrAge } from '../command-line/arguments.ts';
import { action } from '../command-line/command.ts';
import { FixOptions, fix, setting } from './dlq/fix.ts';
import { CausesOptions, causes, ListOptions, list } from './dlq/list.ts';
import { PurgeOptions, purge } from './dlq/purge.ts';
import { ReplayOptions, replay } from './dlq/replay.ts';
import { causeId, deadLetterId, filterText } from './dlq/selection.ts';
import { ShowOptions, show } from './dlq/show.ts';

const LISTED = 100;
const LISTED_MAX = 1_000_000;
const RECORDS_PER_SECOND = 50;
const TIMES = '2026-03-01T12:00Z, 2026-03-01, or an age (30m, 12h, 2d)';

/** `dlq`: lists, shows, replays, fixes and deletes dead letters. */
export function addDlq(program: Command): void {
  const dlq = program.command('dlq').description('List, show, replay, fix and delete dead letters.');
  const filtered = (name: string, description: string): Command =>
    dlq
      .command(name)
      .description(description)
      .addOption(
        new Option('--consumer <name>', 'only dead letters of this consumer').choices([
          ...ConsumerName.options,
        ]),
      )
      .addOption(
        new Option(
          '--state <state>',
          'only those on the dead-letter queues, or on the parking queue',
        ).choices(['waiting', 'parked']),
      )
      .addOption(new Option('--parked', 'the same as --state parked').default(false).conflicts('state'))
      .option(
        '--reason <code>',
        'only with this reason: a code of the consumer (contract-violation) or a condition of Lambda',
        filterText('reason'),
      )
      .option('--cause <id>', 'only of this cause, as dlq causes lists it', causeId)
      .option('--entity <type>', 'only of items of this type (Order, Product, User)', filterText('entity'))
      .option('--since <time>', `only failed at or after this time: ${TIMES}`, instantOrAge)
      .option('--until <time>', `only failed before this time: ${TIMES}`, instantOrAge)
      .option(
        '--text <text>',
        'only with this text in the id, key, field, message or value, in any case',
        filterText('text'),
      );
  const selecting = (name: string, description: string): Command =>
    filtered(name, description).argument(
      '[id]',
      'one dead letter; without it, all that match the filters',
      deadLetterId,
    );
  filtered('list', 'List dead letters, the latest first. This receives no message and hides none.')
    .option(
      '--limit <n>',
      `at most this many dead letters, up to ${LISTED_MAX}`,
      countUpTo(LISTED_MAX),
      LISTED,
    )
    .addOption(
      new Option(
        '--ended',
        'those that were replayed, fixed or purged in the last 14 days, and by whom; times are of the end',
      )
        .default(false)
        .conflicts(['state', 'parked']),
    )
    .option('--read-queues', 'read all messages first, for dead letters that the store does not know', false)
    .action(action(ListOptions, list, ['operations-table']));
  filtered('causes', 'Count dead letters by cause.').action(
    action(CausesOptions, causes, ['operations-table']),
  );
  dlq
    .command('show')
    .description(
      'Show one dead letter: its attempts, its records with their images, and the current state of the items.',
    )
    .argument('<id>', 'the dead letter', deadLetterId)
    .action(action(ShowOptions, show, ['operations-table', 'dead-letter-queues', 'table']));
  selecting(
    'replay',
    'Process the records of dead letters again. Delete each dead letter whose records succeed.',
  )
    .option('--dry-run', 'predict the result from what the table holds now, and change nothing', false)
    .option(
      '--rate <n>',
      `at most this many records a second, up to ${REPLAY_RATE_MAX}`,
      countUpTo(REPLAY_RATE_MAX),
      RECORDS_PER_SECOND,
    )
    .action(action(ReplayOptions, replay, ['operations-table', 'dead-letter-queues', 'table']));
  dlq
    .command('fix')
    .description('Set fields of the item of a dead letter, then replay the dead letter and its twin.')
    .argument('<id>', 'the dead letter', deadLetterId)
    .requiredOption(
      '--set <path=value>',
      'set this field (total=2500, lines.0.name="4711", shipTo.state=null removes it); may be repeated',
      setting,
    )
    .option('--dry-run', 'show what would change, and change nothing', false)
    .action(action(FixOptions, fix, ['operations-table', 'dead-letter-queues', 'table']));
  selecting('purge', 'Delete dead letters permanently, after you type their number.')
    .option('--dry-run', 'count by cause what it would delete, and change nothing', false)
    .option('--yes', 'do not ask for confirmation', false)
    .action(action(PurgeOptions, purge, ['dead-letter-queues']));
}
