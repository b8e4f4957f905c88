import { once } from 'node:events';
import { createServer } from 'node:http';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, it, vi } from 'vitest';
import * as z from 'zod';
import { dynamoDb } from '../../../handlers/clients.ts';

it('sends its requests over one connection, which the SDK keeps alive unless told otherwise', async () => {
  let connections = 0;
  await using server = createServer((request, response) => {
    request.resume().on('end', () => response.end('{}'));
  }).on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  const client = dynamoDb();

  for (let request = 0; request < 3; request += 1)
    await client.send(new GetItemCommand({ TableName: 'table', Key: { pk: { S: 'a' } } }));

  expect(connections).toBe(1);
  client.destroy();
  vi.unstubAllEnvs();
});
