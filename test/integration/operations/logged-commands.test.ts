import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import * as z from 'zod';
import { parse } from '../../../contracts/reading.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { output } from '../../../infra/ops/command-line/output.ts';
import { activityLogOf } from '../../../infra/ops/command-line/recorded.ts';
import { ReindexArguments, runReindex } from '../../../infra/ops/commands/reindex.ts';
import { repairAll } from '../../../infra/ops/commands/verify.ts';
import type { OpsTarget } from '../../../infra/ops/target/ops-target.ts';
import type { Finding } from '../../../pipelines/reconciliation/findings.ts';
import { installIndices } from '../../../pipelines/search/admin/install-indices.ts';
import { opsTarget, runCommand } from '../dead-letters/ops-target.ts';
import { localOpenSearch } from '../parts/clients.ts';
import { withRefusedEnds } from '../parts/refused-ends.ts';

let target: OpsTarget;
beforeEach(async () => {
  target = await opsTarget('no-table', 'no-bucket');
});
const checkpoints = mkdtempSync(join(tmpdir(), 'logged-commands-'));
afterAll(() => rmSync(checkpoints, { recursive: true, force: true }));

/** What is said on standard error. */
function silenced() {
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  onTestFinished(() => said.mockRestore());
  return said;
}
const logged = async () => (await activityLogOf(target).page(10)).items;

describe('verify --repair', () => {
  const finding = (check: string, run?: () => Promise<void>): Finding => ({
    ...{ check, id: 'id', detail: 'differs' },
    repair: run && { how: 'repair it', run },
  });
  const repaired = (findings: readonly Finding[], dryRun = false) =>
    runCommand(
      target,
      async (context) => {
        await repairAll(context, findings, { dryRun });
        return 0;
      },
      {},
      true,
    );

  it('is in the activity log from before the first repair', async () => {
    let seen: unknown;
    const seeing = async (): Promise<void> => {
      seen = await logged();
    };
    await repaired([finding('stats', seeing), finding('stats', seeing), finding('stock')]);
    expect(seen).toMatchObject([{ by: 'ada', action: 'repair', target: 'stats', outcome: 'started' }]);
    expect(await logged()).toMatchObject([
      { action: 'repair', outcome: 'partly', detail: '2 of 3 differences repaired' },
    ]);
  });

  it('is not in the log where it changes nothing', async () => {
    await repaired([finding('stats', async () => undefined)], true);
    await repaired([finding('stock')]);
    expect(await logged()).toEqual([]);
  });
});

describe('reindex', () => {
  const options = {
    ...{ args: ['products'], all: false, restart: false, rollback: false, finish: false, dryRun: false },
    ...{ lost: false, segments: 1, recheck: 0, checkpoints },
  };
  const reindexed = (more: object) =>
    runCommand(target, runReindex, ReindexArguments.parse({ ...options, ...more }), true);

  beforeAll(() => installIndices(localOpenSearch(), indexDefinitions));

  it('is in the activity log where an index is deleted', async () => {
    await reindexed({ finish: true });
    expect(await logged()).toMatchObject([
      {
        by: 'ada',
        action: 'reindex',
        target: 'products, finish',
        outcome: 'done',
        detail: 'nothing deleted',
      },
    ]);
  });

  it('says on standard error that its end is not in the activity log, and succeeds', async () => {
    const said = silenced();
    Object.assign(target, { dynamoDb: withRefusedEnds(target.dynamoDb) });
    expect((await reindexed({ finish: true })).code).toBe(0);
    expect(said.mock.calls).toEqual([
      ['The activity log does not say how this ended: reindex, products, finish (TypeError).'],
    ]);
  });

  it('shows what it has done before an error, and names what it has not done', async () => {
    const { transport } = target.openSearch;
    const request = (...args: readonly unknown[]): unknown => {
      if (/users/.test(parse(z.object({ path: z.string() }), args[0]).path)) throw new TypeError('no');
      return Reflect.apply(transport.request, transport, args);
    };
    Object.assign(target, { openSearch: { transport: { request } } });
    const said = silenced();
    const printed: string[] = [];
    const context = {
      ...{ target, signal: new AbortController().signal },
      out: output(true, (text) => printed.push(text)),
    };
    const asked = ReindexArguments.parse({ ...options, args: ['products', 'users'], finish: true });
    await expect(runReindex(context, asked)).rejects.toThrow(TypeError);
    expect(printed).toEqual(['[{"name":"products"}]']);
    expect(said.mock.calls).toEqual([['Not done: users. Repeat the command with these names alone.']]);
  });

  it.each([
    ['rebuilt', {}, 'products'],
    ['replaced', { lost: true }, 'products, lost'],
    ['rolled back', { rollback: true }, 'products, rollback'],
  ])('is in the activity log where an index is %s, also if that fails', async (_, more, name) => {
    const refused = () => {
      throw new TypeError('no');
    };
    Object.assign(target, { openSearch: { transport: { request: refused }, count: refused } });
    await expect(reindexed(more)).rejects.toThrow();
    expect(await logged()).toMatchObject([{ action: 'reindex', target: name, outcome: 'failed' }]);
  });

  it('is not in the log where it changes nothing', async () => {
    await reindexed({ finish: true, dryRun: true });
    expect(await logged()).toEqual([]);
  });
});
