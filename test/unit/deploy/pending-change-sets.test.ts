import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { afterEach, describe, expect, it } from 'vitest';
import { pendingChangeSets } from '../../../infra/deploy/pending-change-sets.ts';

const servers: (() => void)[] = [];
afterEach(() => {
  for (const close of servers.splice(0)) close();
});

/** CloudFormation as it responds to each request. */
async function responding(status: number, body: string) {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(() => server.close());
  return new CloudFormationClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
}
const failing = (code: string): string =>
  `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`;
const member = (id: string, status: string): string =>
  `<member><ChangeSetId>${id}</ChangeSetId><ExecutionStatus>${status}</ExecutionStatus></member>`;

describe('the pending change sets of a stack', () => {
  it('are those that can be executed: not an empty one, and not one that was', async () => {
    const members = member('a', 'AVAILABLE') + member('b', 'UNAVAILABLE') + member('c', 'EXECUTE_COMPLETE');
    const client = await responding(
      200,
      `<ListChangeSetsResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><ListChangeSetsResult><Summaries>${members}</Summaries></ListChangeSetsResult></ListChangeSetsResponse>`,
    );
    expect(await pendingChangeSets(client, 'shop')).toEqual(['a']);
  });

  it('are none of a stack that does not exist', async () => {
    expect(await pendingChangeSets(await responding(400, failing('ValidationError')), 'shop')).toEqual([]);
  });

  it('are not known where they may not be read', async () => {
    const client = await responding(403, failing('AccessDenied'));
    await expect(pendingChangeSets(client, 'shop')).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});
