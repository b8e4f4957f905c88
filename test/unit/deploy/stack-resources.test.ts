import { expect, it } from 'vitest';
import { stackResources } from '../../../infra/deploy/stack-resources.ts';
import { fakeCloudFormation, refused, responded } from './fake-cloudformation.ts';

const member = (logicalId: string, physicalId: string, type: string, status = 'CREATE_COMPLETE'): string =>
  `<member><LogicalResourceId>${logicalId}</LogicalResourceId><PhysicalResourceId>${physicalId}</PhysicalResourceId><ResourceType>${type}</ResourceType><ResourceStatus>${status}</ResourceStatus></member>`;

/** CloudFormation as it lists the pages of a stack, by the stack's name and the page's token. */
const listing = (pages: Readonly<Record<string, { readonly members: string; readonly next?: string }>>) =>
  fakeCloudFormation((query) => {
    const page = `${query.get('StackName')} ${query.get('NextToken') ?? ''}`.trim();
    const { members, next } = pages[page] ?? {};
    if (members === undefined) return refused('ValidationError');
    const token = next === undefined ? '' : `<NextToken>${next}</NextToken>`;
    return responded(
      'ListStackResources',
      `<StackResourceSummaries>${members}</StackResourceSummaries>${token}`,
    );
  });

it('has the resources of every page, and of the nested stacks', async () => {
  const client = await listing({
    shop: { members: member('Table', 'shop-Table-1', 'AWS::DynamoDB::Table'), next: '2' },
    'shop 2': { members: member('Consumers', 'arn:consumers', 'AWS::CloudFormation::Stack') },
    'arn:consumers': { members: member('InstallIndicesLog', 'shop-log', 'AWS::Logs::LogGroup') },
  });
  expect(await stackResources(client, 'shop')).toEqual(
    new Map([
      ['Table', 'shop-Table-1'],
      ['InstallIndicesLog', 'shop-log'],
    ]),
  );
});

it('leaves out what is deleted, and what was never made', async () => {
  const client = await listing({
    shop: {
      members:
        member('Old', 'shop-Old', 'AWS::SQS::Queue', 'DELETE_COMPLETE') +
        member('Never', '', 'AWS::SQS::Queue', 'CREATE_FAILED'),
    },
  });
  expect(await stackResources(client, 'shop')).toEqual(new Map());
});

it('has what a nested stack left behind when it was deleted', async () => {
  const client = await listing({
    shop: {
      members: member('Consumers', 'arn:consumers', 'AWS::CloudFormation::Stack', 'DELETE_COMPLETE'),
    },
    'arn:consumers': {
      members:
        member('InstallIndicesLog', 'shop-log', 'AWS::Logs::LogGroup', 'DELETE_SKIPPED') +
        member('SearchIndexLog', 'shop-other', 'AWS::Logs::LogGroup', 'DELETE_COMPLETE'),
    },
  });
  expect(await stackResources(client, 'shop')).toEqual(new Map([['InstallIndicesLog', 'shop-log']]));
});

it('has the rest where CloudFormation no longer knows a nested stack that was deleted', async () => {
  const nested = (status: string) =>
    member('Consumers', 'arn:long-ago', 'AWS::CloudFormation::Stack', status);
  const client = await listing({
    shop: { members: member('Table', 'shop-Table', 'AWS::DynamoDB::Table') + nested('DELETE_COMPLETE') },
    broken: { members: nested('CREATE_COMPLETE') },
  });
  expect(await stackResources(client, 'shop')).toEqual(new Map([['Table', 'shop-Table']]));
  await expect(stackResources(client, 'broken')).rejects.toMatchObject({ name: 'ValidationError' });
});
