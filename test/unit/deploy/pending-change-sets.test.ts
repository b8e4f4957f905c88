import { describe, expect, it } from 'vitest';
import { hasStack } from '../../../infra/deploy/no-stack.ts';
import { pendingChangeSets } from '../../../infra/deploy/pending-change-sets.ts';
import { fakeCloudFormation, refused, responded } from './fake-cloudformation.ts';

const member = (id: string, status: string): string =>
  `<member><ChangeSetId>${id}</ChangeSetId><ExecutionStatus>${status}</ExecutionStatus></member>`;

describe('the pending change sets of a stack', () => {
  it('are those that can be executed: not an empty one, and not one that was', async () => {
    const members = member('a', 'AVAILABLE') + member('b', 'UNAVAILABLE') + member('c', 'EXECUTE_COMPLETE');
    const client = await fakeCloudFormation(() =>
      responded('ListChangeSets', `<Summaries>${members}</Summaries>`),
    );
    expect(await pendingChangeSets(client, 'shop')).toEqual(['a']);
  });

  it('are none of a stack that does not exist', async () => {
    const client = await fakeCloudFormation(() => refused('ValidationError'));
    expect(await pendingChangeSets(client, 'shop')).toEqual([]);
  });

  it('are not known where they may not be read', async () => {
    const client = await fakeCloudFormation(() => refused('AccessDenied', 403));
    await expect(pendingChangeSets(client, 'shop')).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('a stack', () => {
  it('is there where CloudFormation describes it', async () => {
    const stack =
      '<Stacks><member><StackName>shop</StackName><StackStatus>REVIEW_IN_PROGRESS</StackStatus></member></Stacks>';
    const client = await fakeCloudFormation(() => responded('DescribeStacks', stack));
    expect(await hasStack(client, 'shop')).toBe(true);
  });

  it('is not there where it does not know it', async () => {
    const client = await fakeCloudFormation(() => refused('ValidationError'));
    expect(await hasStack(client, 'shop')).toBe(false);
  });
});
