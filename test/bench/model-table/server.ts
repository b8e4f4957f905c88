import { createServer, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  BatchWriteItemCommand,
  type BatchWriteItemCommandInput,
  DynamoDBServiceException,
  GetItemCommand,
  type GetItemCommandInput,
  type PutItemCommandInput,
  ScanCommand,
  type ScanCommandInput,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { Database } from '../../simulation/models/table.ts';
import { OPERATIONS_SCHEMA, TABLE_SCHEMA } from '../../simulation/places.ts';

/** The table of the first argument and the operations table of the second, on a free port that it sends to the parent. Ends when the parent has ended. */
const [, , tableName = '', operationsTableName = ''] = process.argv;
const HOST = '127.0.0.1';
const BAD_REQUEST = 400;

/** None: what is measured is the variants, and a partition key that throttles would be their bound. */
const LIMITS = {
  transactionMs: 0,
  transactionMsPerAction: 0,
  partitionWriteUnits: Number.POSITIVE_INFINITY,
};
const database = new Database(Date.now, () => undefined, LIMITS);
database.createTable(tableName, TABLE_SCHEMA);
database.createTable(operationsTableName, OPERATIONS_SCHEMA);

const server = createServer((request, response) => {
  void responseTo(request).then(({ status, body }) =>
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body)),
  );
});
server.listen(0, HOST, () => {
  const { port } = z.object({ port: z.number() }).parse(server.address());
  process.send?.(`http://${HOST}:${port}`);
});
process.on('disconnect', () => process.exit());

async function responseTo(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
  const operation = request.headers['x-amz-target']?.toString().split('.')[1];
  try {
    return { status: 200, body: database.execute(commandOf(operation, await json(request))) };
  } catch (error) {
    if (!(error instanceof DynamoDBServiceException)) throw error;
    return { status: BAD_REQUEST, body: { ...error, __type: error.name, message: error.message } };
  }
}

/** The body of DynamoDB's JSON protocol is the input of the SDK's command. A lone write is a transaction of one to the model. */
function commandOf(operation: string | undefined, input: unknown): unknown {
  if (operation === 'BatchGetItem') return new BatchGetItemCommand(input as BatchGetItemCommandInput);
  if (operation === 'BatchWriteItem') return new BatchWriteItemCommand(input as BatchWriteItemCommandInput);
  if (operation === 'GetItem') return new GetItemCommand(input as GetItemCommandInput);
  if (operation === 'Scan') return new ScanCommand(input as ScanCommandInput);
  if (operation === 'PutItem') return writing({ Put: input as PutItemCommandInput });
  if (operation === 'UpdateItem')
    return writing({ Update: input as UpdateItemCommandInput & { UpdateExpression: string } });
  return new TransactWriteItemsCommand(input as TransactWriteItemsCommandInput);
}

const writing = (
  action: NonNullable<TransactWriteItemsCommandInput['TransactItems']>[number],
): TransactWriteItemsCommand => new TransactWriteItemsCommand({ TransactItems: [action] });
