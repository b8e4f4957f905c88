import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { afterEach, expect, it } from 'vitest';
import { stackResources } from '../../../infra/deploy/stack-resources.ts';

const servers: (() => void)[] = [];
afterEach(() => {
  for (const close of servers.splice(0)) close();
});

const member = (logicalId: string, physicalId: string, type: string, status = 'CREATE_COMPLETE'): string =>
  `<member><LogicalResourceId>${logicalId}</LogicalResourceId><PhysicalResourceId>${physicalId}</PhysicalResourceId><ResourceType>${type}</ResourceType><ResourceStatus>${status}</ResourceStatus></member>`;

/** CloudFormation as it lists the pages of a stack, by the stack's name and the page's token. */
async function listing(
  pages: Readonly<Record<string, { readonly members: string; readonly next?: string }>>,
) {
  const server = createServer(async (request, response) => {
    const query = new URLSearchParams(await text(request));
    const { members = '', next } =
      pages[`${query.get('StackName')} ${query.get('NextToken') ?? ''}`.trim()] ?? {};
    const token = next === undefined ? '' : `<NextToken>${next}</NextToken>`;
    response.setHeader('content-type', 'text/xml');
    response.end(
      `<ListStackResourcesResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><ListStackResourcesResult><StackResourceSummaries>${members}</StackResourceSummaries>${token}</ListStackResourcesResult></ListStackResourcesResponse>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(() => server.close());
  return new CloudFormationClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
}

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
