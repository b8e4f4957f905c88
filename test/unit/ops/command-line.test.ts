import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';

const ID = 'a'.repeat(24);
const TO_QUEUE = ['--queue', 'arn:aws:sqs:eu-central-1:000000000000:shipping'];
const REJECTED = ['--type', 'order.status-changed', '--status', 'cancelled', 'rejected'];

/** Runs the operators' command without an AWS account in reach. */
const ops = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync('node', [join(PROJECT_ROOT, 'infra/ops/bin.mjs'), ...args], {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_REGION: 'eu-central-1',
    },
  });
  return { status, stdout, stderr };
};

describe("the operators' command", () => {
  it('explains itself, with its exit codes', () => {
    const { status, stdout } = ops('--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/Exit codes:\n\s+0 /);
  });

  it.each([
    ['an unknown command', ['nonsense']],
    ['an unknown option', ['lag', '--nonsense']],
    ['no command', []],
    ['a rebuild of no index', ['reindex']],
    ['a rebuild of an index that there is not', ['reindex', 'invoices']],
    ['a rebuild of one index and of all', ['reindex', 'orders', '--all']],
    ['a rebuild and its end at once', ['reindex', '--all', '--rollback', '--finish']],
    ['a rollback of what is lost', ['reindex', '--all', '--lost', '--rollback']],
    ['an end of what is lost', ['reindex', 'orders', '--lost', '--finish']],
    ['a backfill of a status that no event of its types has', ['backfill', ...TO_QUEUE, ...REJECTED]],
    ['a rate that is none', ['dlq', 'replay', '--rate', '0']],
    ['a time that is none', ['dlq', 'replay', '--since', 'yesterday']],
    ['a stack that is the empty text of an unset variable', ['lag', '--stack', '']],
    ['a region that is empty', ['lag', '--region', '']],
    ['a profile that is empty', ['lag', '--profile', ' ']],
    ['a report without a name', ['verify', '--report', '']],
    ['checkpoints nowhere', ['reindex', 'orders', '--checkpoints', '']],
    ['more segments than are read at once', ['verify', '--segments', '101']],
    ['more shards than an index may have', ['reindex', 'orders', '--shards', '65']],
    ['shards for an index that is not made', ['reindex', 'orders', '--finish', '--shards', '3']],
    ['an empty reason', ['dlq', 'purge', '--yes', '--reason', '']],
    ['two dead letters to purge', ['dlq', 'purge', '--yes', 'one', 'two']],
    ['a recheck interval that is not a number', ['verify', '--recheck', 'abc']],
    ['a recheck interval below 0', ['reindex', 'orders', '--recheck', '-1']],
    ['an unknown consumer', ['dlq', 'list', '--consumer', 'order-event']],
    ['an option that is misspelt', ['dlq', 'list', '--consumr', 'order-events']],
    ['no dead letter to show', ['dlq', 'show']],
    ['a rate of no rebuild', ['reindex', 'orders', '--finish', '--rate', '5']],
  ])('ends with 2 at %s', (_, args) => {
    expect(ops(...args).status).toBe(2);
  });

  it.each([
    ['a value with a control character', 'set', ['dlq', 'fix', ID, '--set', 'shipTo.name=a\tb']],
    ['a text with a control character', 'text', ['dlq', 'list', '--text', 'a\u001bb']],
    ['a reason of more than 200 characters', 'reason', ['dlq', 'replay', '--reason', 'a'.repeat(201)]],
    ['an entity with a control character', 'entity', ['dlq', 'causes', '--entity', 'a\tb']],
    ['a text of blanks', 'text', ['dlq', 'purge', '--yes', '--text', ' ']],
    ['an age before the first year', 'since', ['dlq', 'list', '--since', '800000d']],
    ['a limit that no request may have', 'limit', ['dlq', 'list', '--limit', '9000000000']],
    ['a lag that is no number', 'max-lag', ['lag', '--max-lag', `${'9'.repeat(400)}s`]],
  ])('ends with 2, before it looks for a system, and names the option, at %s: --%s', (_, option, args) => {
    const { status, stdout, stderr } = ops(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(new RegExp(`^error: option '--${option} [^\\n\\p{Cc}]+\\n$`, 'u'));
  });

  it.each([
    ['a profile for the local system', ['--profile', 'prod', 'dlq', 'purge', '--yes'], 'add --stack'],
    ['a region for the local system', ['status', '--region', 'eu-central-1'], 'add --stack'],
    ['a process for a stack', ['lag', '--stack', 'order-stream', '--pid', '7'], 'omit --pid'],
    ['a dry run of no repair', ['verify', '--dry-run'], 'add --repair'],
  ])('ends with 2 at an option without effect, and says what to do: %s', (_, args, advice) => {
    const { status, stdout, stderr } = ops(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(new RegExp(`^error: .*${advice}.*\\n$`));
  });

  it('ends with 3 when the account cannot be reached', () => {
    const { status, stdout } = ops('lag', '--stack', 'order-stream');
    expect([status, stdout]).toEqual([3, '']);
  });
});
