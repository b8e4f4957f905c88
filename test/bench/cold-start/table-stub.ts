import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { orderItem, productItem, userItem } from '../../builders/values/items.ts';

const HOST = '127.0.0.1';
const items = [userItem(), productItem(), orderItem()];

/** A search that found the product. */
const FOUND = {
  timed_out: false,
  _shards: { failed: 0 },
  hits: {
    total: { value: 1, relation: 'eq' },
    hits: [{ _source: { ...productItem(), inStock: true }, sort: [1] }],
  },
};

const Key = z.object({ pk: z.object({ S: z.string() }), sk: z.object({ S: z.string() }) });
const Request = z.looseObject({
  Key: Key.optional(),
  KeyConditionExpression: z.string().optional(),
  RequestItems: z.record(z.string(), z.looseObject({ Keys: z.array(Key) })).optional(),
});

/** A server that replaces DynamoDB and OpenSearch. */
export interface TableStub extends AsyncDisposable {
  readonly endpoint: string;
}

/**
 * Starts a table of one user, one product and one order that responds at once and accepts every write, so that only its callers are
 * measured. What is not sent to the path of the AWS APIs is a search that finds the product.
 */
export async function startTableStub(): Promise<TableStub> {
  const server = createServer((request, response) => {
    void resultOf(request).then((result) =>
      response.writeHead(200, { 'content-type': typeOf(request) }).end(JSON.stringify(result)),
    );
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  const address = z.object({ port: z.number() }).parse(server.address());
  return {
    endpoint: `http://${HOST}:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const isAwsCall = ({ url }: IncomingMessage): boolean => url === '/';
const typeOf = (request: IncomingMessage): string =>
  isAwsCall(request) ? 'application/x-amz-json-1.0' : 'application/json';

async function resultOf(incoming: IncomingMessage): Promise<object> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  if (!isAwsCall(incoming)) return FOUND;
  const request = Request.parse(JSON.parse(Buffer.concat(chunks).toString()));
  const { Key: key, KeyConditionExpression: query, RequestItems: tables } = request;
  if (key !== undefined) {
    const item = itemAt(key);
    return item === undefined ? {} : { Item: item, Attributes: item };
  }
  if (query !== undefined) return { Items: [], Count: 0 };
  if (tables === undefined) return {};
  const found = Object.entries(tables).map(([name, { Keys }]) => [name, Keys.map(itemAt)] as const);
  return { Responses: Object.fromEntries(found), UnprocessedKeys: {} };
}

function itemAt({ pk, sk }: z.infer<typeof Key>): object | undefined {
  const item = items.find((one) => one.pk === pk.S && one.sk === sk.S);
  return item && marshall(item, { removeUndefinedValues: true });
}
