import * as z from 'zod';
import { parseJson } from '../../../../contracts/reading.ts';
import { tableArn } from '../../../local/template/local-names.ts';
import { type AwsCall, arnOf, UnknownCallError } from './aws-call.ts';

const Value = z.union([
  z.object({ S: z.string() }).transform(({ S }) => S),
  z.looseObject({}).transform(String),
]);
const Item = z.record(z.string(), Value);
const Names = z.record(z.string(), z.string()).default({});
const Common = {
  TableName: z.string(),
  ProjectionExpression: z.string().optional(),
  ExpressionAttributeNames: Names,
};
const OnKey = z.looseObject({ ...Common, Key: Item });
const OnItem = z.looseObject({ ...Common, Item });
const OnRange = z.looseObject({
  ...Common,
  IndexName: z.string().optional(),
  Select: z.string().optional(),
  KeyConditionExpression: z.string().default(''),
  ExpressionAttributeValues: Item.default({}),
});
const BatchGet = z.object({
  RequestItems: z.record(z.string(), z.object({ ...Common, Keys: z.array(Item) }).omit({ TableName: true })),
});
const BatchWrite = z.object({
  RequestItems: z.record(
    z.string(),
    z.array(
      z.union([
        z.object({ PutRequest: z.object({ Item }) }).transform(({ PutRequest }) => PutRequest.Item),
        z
          .object({ DeleteRequest: z.object({ Key: Item }) })
          .transform(({ DeleteRequest }) => DeleteRequest.Key),
      ]),
    ),
  ),
});
const Transaction = z.object({
  TransactItems: z.array(
    z.union([
      z.object({ Put: OnItem }).transform(({ Put }) => onItem('PutItem', Put)),
      z.object({ Update: OnKey }).transform(({ Update }) => onKey('UpdateItem', Update)),
      z.object({ Delete: OnKey }).transform(({ Delete }) => onKey('DeleteItem', Delete)),
      z
        .object({ ConditionCheck: OnKey })
        .transform(({ ConditionCheck }) => onKey('ConditionCheckItem', ConditionCheck)),
      z.object({ Get: OnKey }).transform(({ Get }) => onKey('GetItem', Get)),
    ]),
  ),
});
const Statement = z.object({ Statement: z.string(), Parameters: z.array(Value).default([]) });
const Statements = z.union([
  Statement.transform((one) => [one]),
  z.object({ Statements: z.array(Statement) }).transform(({ Statements }) => Statements),
  z
    .object({ TransactStatements: z.array(Statement) })
    .transform(({ TransactStatements }) => TransactStatements),
]);
const OnStream = z.looseObject({ StreamArn: z.string().optional(), ShardIterator: z.string().optional() });

/** The partition keys of the tables and their indices. The name of an index follows its table's: `orders/index/GSI1`. */
export type PartitionKeys = ReadonlyMap<string, string>;

/**
 * The calls of a request to DynamoDB or its streams. A transaction needs the rights of its single actions, and PartiQL has actions of its
 * own. The keys follow https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html and
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html.
 *
 * @throws UnknownCallError or InvalidValueError for an operation, or a form of one, that is not known here.
 */
export function dynamoDbCalls(operation: string, body: string, keys: PartitionKeys): readonly AwsCall[] {
  switch (operation) {
    case 'GetItem':
    case 'UpdateItem':
    case 'DeleteItem':
      return [withLeadingKeys(keys, onKey(operation, parseJson(OnKey, body)))];
    case 'PutItem':
      return [withLeadingKeys(keys, onItem(operation, parseJson(OnItem, body)))];
    case 'Query':
    case 'Scan':
      return [onRange(operation, parseJson(OnRange, body), keys)];
    case 'BatchGetItem':
      return Object.entries(parseJson(BatchGet, body).RequestItems).map(([TableName, { Keys, ...rest }]) =>
        withLeadingKeys(keys, { operation, table: TableName, items: Keys, ...projectionOf(rest) }),
      );
    case 'BatchWriteItem':
      return Object.entries(parseJson(BatchWrite, body).RequestItems).map(([table, items]) =>
        withLeadingKeys(keys, { operation, table, items }),
      );
    case 'TransactWriteItems':
    case 'TransactGetItems':
      return parseJson(Transaction, body).TransactItems.map((one) => withLeadingKeys(keys, one));
    case 'ExecuteStatement':
    case 'BatchExecuteStatement':
    case 'ExecuteTransaction':
      return parseJson(Statements, body).map((one) => partiQl(one, keys));
    case 'DescribeStream':
    case 'GetShardIterator':
    case 'GetRecords':
    case 'ListStreams':
      return [
        { action: `dynamodb:${operation}`, resource: streamOf(parseJson(OnStream, body)), context: {} },
      ];
    default:
      throw new UnknownCallError(`The operation ${operation} of DynamoDB is not known here`);
  }
}

interface OnItems {
  readonly operation: string;
  readonly table: string;
  readonly items: readonly z.infer<typeof Item>[];
  readonly projection?: readonly string[] | undefined;
}

const onKey = (operation: string, request: z.infer<typeof OnKey>): OnItems => ({
  operation,
  table: request.TableName,
  items: [request.Key],
  ...projectionOf(request),
});

const onItem = (operation: string, { TableName, Item: item }: z.infer<typeof OnItem>): OnItems => ({
  operation,
  table: TableName,
  items: [item],
});

const projectionOf = (request: {
  readonly ProjectionExpression?: string | undefined;
  readonly ExpressionAttributeNames: Readonly<Record<string, string>>;
}): Pick<OnItems, 'projection'> => ({
  projection: request.ProjectionExpression?.split(',').map((path) => {
    const [name = ''] = path.trim().split(/[.[]/);
    return request.ExpressionAttributeNames[name] ?? name;
  }),
});

const READS = ['GetItem', 'BatchGetItem'];

function withLeadingKeys(keys: PartitionKeys, { operation, table, items, projection }: OnItems): AwsCall {
  const partitionKey = keys.get(table) ?? '';
  const attributes = new Set([...items.flatMap((item) => Object.keys(item)), ...(projection ?? [])]);
  return {
    action: `dynamodb:${operation}`,
    resource: tableArn(table),
    context: {
      'dynamodb:LeadingKeys': items.map((item) => item[partitionKey] ?? ''),
      'dynamodb:Attributes': [...attributes],
      ...(READS.includes(operation) && {
        'dynamodb:Select': projection === undefined ? 'ALL_ATTRIBUTES' : 'SPECIFIC_ATTRIBUTES',
      }),
    },
  };
}

function onRange(operation: string, request: z.infer<typeof OnRange>, keys: PartitionKeys): AwsCall {
  const place =
    request.IndexName === undefined ? request.TableName : `${request.TableName}/index/${request.IndexName}`;
  const action = `dynamodb:${operation}`;
  const resource = tableArn(place);
  const select =
    request.Select ?? (request.ProjectionExpression === undefined ? 'ALL_ATTRIBUTES' : 'SPECIFIC_ATTRIBUTES');
  if (operation === 'Scan') return { action, resource, context: { 'dynamodb:Select': select } };
  const values = request.KeyConditionExpression.matchAll(/([#\w]+)\s*=\s*(:\w+)/g);
  const leading = [...values].flatMap(([, name = '', value = '']) =>
    (request.ExpressionAttributeNames[name] ?? name) === keys.get(place)
      ? [request.ExpressionAttributeValues[value] ?? '']
      : [],
  );
  if (leading.length === 0)
    throw new UnknownCallError(
      `A query of ${place} has no partition key that could be read: ${request.KeyConditionExpression}`,
    );
  return { action, resource, context: { 'dynamodb:LeadingKeys': leading, 'dynamodb:Select': select } };
}

const INSERT = /^\s*INSERT\s+INTO\s+"(?<table>[^"]+)"\s+VALUE\s+\{(?<fields>[^}]*)\}\s*$/i;

/** The one statement that is sent; each of its values is a parameter. */
function partiQl({ Statement: text, Parameters }: z.infer<typeof Statement>, keys: PartitionKeys): AwsCall {
  const { table = '', fields = '' } = INSERT.exec(text)?.groups ?? {};
  const names = [...fields.matchAll(/'([^']+)'\s*:\s*\?/g)].map(([, name]) => name);
  const leading = Parameters[names.indexOf(keys.get(table))];
  if (leading === undefined) throw new UnknownCallError(`The statement ${text} is not known here`);
  return {
    action: 'dynamodb:PartiQLInsert',
    resource: tableArn(table),
    context: { 'dynamodb:LeadingKeys': [leading] },
  };
}

/** A stream's ARN as the template's own references give it on this machine: the real one has another region and label. */
function streamOf({ StreamArn, ShardIterator = '' }: z.infer<typeof OnStream>): string {
  const found = /table\/([^/]+)\/stream\//.exec(StreamArn ?? decoded(ShardIterator))?.[1];
  if (found === undefined) throw new UnknownCallError('A request to a stream names no table');
  return arnOf('dynamodb', `table/${found}/stream/local`);
}

/** DynamoDB Local's iterators name their stream. */
const decoded = (iterator: string): string =>
  `${iterator} ${Buffer.from(iterator, 'base64').toString('latin1')}`;
