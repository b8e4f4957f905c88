import { describe, expect, it } from 'vitest';
import { pendingChangeSets } from '../../../infra/deploy/pending-change-sets.ts';
import { fakeCloudFormation, responded } from './fake-cloudformation.ts';

const failing = (status: number, code: string) => ({
  status,
  body: `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`,
});
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
    const client = await fakeCloudFormation(() => failing(400, 'ValidationError'));
    expect(await pendingChangeSets(client, 'shop')).toEqual([]);
  });

  it('are not known where they may not be read', async () => {
    const client = await fakeCloudFormation(() => failing(403, 'AccessDenied'));
    await expect(pendingChangeSets(client, 'shop')).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});
