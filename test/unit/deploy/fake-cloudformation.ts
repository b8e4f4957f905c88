import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { onTestFinished } from 'vitest';

/** A client of a CloudFormation of this machine, which ends with the test: `respond` gets the members of a request. */
export async function fakeCloudFormation(
  respond: (request: URLSearchParams) => { readonly status?: number; readonly body: string },
): Promise<CloudFormationClient> {
  const server = createServer(async (request, response) => {
    const { status = 200, body } = respond(new URLSearchParams(await text(request)));
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return new CloudFormationClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
}

/** A response of CloudFormation to `action` with these members. */
export const responded = (action: string, members: string): { readonly body: string } => ({
  body: `<${action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><${action}Result>${members}</${action}Result></${action}Response>`,
});

/** A refusal of CloudFormation by its code. */
export const refused = (code: string, status = 400): { readonly status: number; readonly body: string } => ({
  status,
  body: `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`,
});
