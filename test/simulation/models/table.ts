import { isDeepStrictEqual } from 'node:util';
import {
  type AttributeValue,
  BatchGetItemCommand,
  type CancellationReason,
  DynamoDBServiceException,
  GetItemCommand,
  IdempotentParameterMismatchException,
  QueryCommand,
  type QueryCommandInput,
  ResourceNotFoundException,
  ScanCommand,
  type ScanCommandInput,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { compared, type Image, isEqual, UnmodelledError } from './attribute-value.ts';
import { holds, InvalidUpdateError, type Placeholders, projected, updated } from './expression.ts';

/** What a table or an index is keyed by. */
export interface KeySchema {
  readonly hash: string;
  readonly range?: string;
}

/** A table as it is made. */
export interface TableSchema {
  readonly key: KeySchema;
  readonly indexes?: Readonly<Record<string, KeySchema>>;
}

/** The change of one item by one write. */
export interface Change {
  readonly tableName: string;
  readonly before: Image | undefined;
  readonly after: Image | undefined;
}

const ACTIONS_MAX = 100;
const TOKEN_MS = 10 * 60 * 1_000;
const METADATA = { $metadata: {} };

/** The tables of one account: conditional and transactional writes, as DynamoDB makes them. */
export class Database {
  readonly #tables = new Map<string, { readonly schema: TableSchema; readonly items: Map<string, Image> }>();
  readonly #tokens = new Map<string, { readonly actions: unknown; readonly untilMs: number }>();
  readonly #nowMs: () => number;
  readonly #onCommit: (changes: readonly Change[]) => void;

  /** @param onCommit called with each request's changes at the moment at which they take effect. */
  constructor(nowMs: () => number, onCommit: (changes: readonly Change[]) => void) {
    this.#nowMs = nowMs;
    this.#onCommit = onCommit;
  }

  createTable(name: string, schema: TableSchema): void {
    this.#tables.set(name, { schema, items: new Map() });
  }

  /** Every item of a table, in the order in which they were first written. */
  items(tableName: string): readonly Image[] {
    return [...this.#table(tableName).items.values()];
  }

  item(tableName: string, key: Image): Image | undefined {
    return this.#table(tableName).items.get(this.#keyOf(tableName, key));
  }

  /** Writes or deletes an item as it is, by no request. */
  change(tableName: string, key: Image, after: Image | undefined): void {
    this.#apply([{ tableName, key, after }]);
  }

  /** Executes a command. @throws what DynamoDB does; UnmodelledError for requests that this project does not send. */
  execute(command: unknown): unknown {
    if (command instanceof GetItemCommand) return this.#get(command.input);
    if (command instanceof BatchGetItemCommand) return this.#batchGet(command);
    if (command instanceof TransactWriteItemsCommand) return this.#transact(command);
    if (command instanceof QueryCommand) return this.#query(command.input);
    if (command instanceof ScanCommand) return this.#scan(command.input);
    throw new UnmodelledError(`The command ${commandName(command)}`);
  }

  #get({ TableName = '', Key = {}, ProjectionExpression, ...by }: GetItemCommand['input']): object {
    const item = this.item(TableName, Key);
    return item === undefined ? METADATA : { ...METADATA, Item: projected(ProjectionExpression, item, by) };
  }

  #batchGet({ input }: BatchGetItemCommand): object {
    const Responses = Object.fromEntries(
      Object.entries(input.RequestItems ?? {}).map(([name, { Keys = [], ProjectionExpression, ...by }]) => {
        if (new Set(Keys.map((key) => this.#keyOf(name, key))).size < Keys.length)
          throw validation('Provided list of item keys contains duplicates');
        const found = Keys.map((key) => this.item(name, key)).filter((item) => item !== undefined);
        return [name, found.map((item) => projected(ProjectionExpression, item, by))];
      }),
    );
    return { ...METADATA, Responses, UnprocessedKeys: {} };
  }

  #transact({ input }: TransactWriteItemsCommand): object {
    const { TransactItems: actions = [], ClientRequestToken: token } = input;
    const nowMs = this.#nowMs();
    const known = token === undefined ? undefined : this.#tokens.get(token);
    if (known !== undefined && known.untilMs > nowMs) {
      if (isDeepStrictEqual(known.actions, actions)) return METADATA;
      throw new IdempotentParameterMismatchException({
        ...METADATA,
        message: 'The token is of other writes',
      });
    }
    if (actions.length > ACTIONS_MAX) throw validation('More than 100 actions');
    const named = actions.map((action) => this.#targetOf(action));
    if (new Set(named.map(({ place }) => place)).size < named.length)
      throw validation('Transaction request cannot include multiple operations on one item');
    const reasons = named.map(({ found, action }) => reasonAgainst(action, found));
    if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
    this.#apply(
      named.flatMap(({ tableName, key, found, action }) => {
        if (action.ConditionCheck) return [];
        return [{ tableName, key, after: afterOf(action, key, found) }];
      }),
    );
    if (token !== undefined) this.#tokens.set(token, { actions, untilMs: nowMs + TOKEN_MS });
    return METADATA;
  }

  #targetOf(action: TransactWriteItem) {
    const { Put, Update, Delete, ConditionCheck } = action;
    const tableName = (Put ?? Update ?? Delete ?? ConditionCheck)?.TableName ?? '';
    const image = Put?.Item ?? (Update ?? Delete ?? ConditionCheck)?.Key ?? {};
    const key = this.#keyPart(tableName, image);
    return {
      action,
      tableName,
      key,
      found: this.item(tableName, key),
      place: `${tableName} ${this.#keyOf(tableName, key)}`,
    };
  }

  #query(input: QueryCommandInput): object {
    const { TableName = '', IndexName, KeyConditionExpression, ScanIndexForward = true } = input;
    const { schema } = this.#table(TableName);
    const order = IndexName === undefined ? schema.key : schema.indexes?.[IndexName];
    if (order === undefined) throw validation(`The table does not have the specified index: ${IndexName}`);
    const { hash, range } = order;
    const sorted = this.items(TableName)
      .filter((item) => item[hash] !== undefined && (range === undefined || item[range] !== undefined))
      .filter((item) => holds(KeyConditionExpression, item, input))
      .toSorted((one, other) => (range === undefined ? 0 : (compared(one[range], other[range]) ?? 0)));
    return this.#page(input, ScanIndexForward ? sorted : sorted.toReversed(), order);
  }

  #scan(input: ScanCommandInput): object {
    const { TableName = '', Segment = 0, TotalSegments = 1 } = input;
    const inSegment = this.items(TableName).filter((_, place) => place % TotalSegments === Segment);
    return this.#page(input, inSegment, this.#table(TableName).schema.key);
  }

  #page(input: QueryCommandInput | ScanCommandInput, all: readonly Image[], order: KeySchema): object {
    const { TableName = '', ExclusiveStartKey, Limit, FilterExpression, ProjectionExpression } = input;
    const start = ExclusiveStartKey && this.#keyOf(TableName, ExclusiveStartKey);
    const from =
      start === undefined ? 0 : 1 + all.findIndex((item) => this.#keyOf(TableName, item) === start);
    const page = all.slice(from, Limit === undefined ? undefined : from + Limit);
    const last = Limit !== undefined && page.length === Limit ? page.at(-1) : undefined;
    const kept = page.filter((item) => holds(FilterExpression, item, input));
    return {
      ...METADATA,
      Items: kept.map((item) => projected(ProjectionExpression, item, input)),
      Count: kept.length,
      ScannedCount: page.length,
      ...(last === undefined
        ? {}
        : { LastEvaluatedKey: { ...keyIn(last, order), ...this.#keyPart(TableName, last) } }),
    };
  }

  #apply(
    writes: readonly { readonly tableName: string; readonly key: Image; readonly after: Image | undefined }[],
  ): void {
    const changes = writes.map(({ tableName, key, after }): Change => {
      const { items } = this.#table(tableName);
      const place = this.#keyOf(tableName, key);
      const before = items.get(place);
      if (after === undefined) items.delete(place);
      else items.set(place, after);
      return { tableName, before, after };
    });
    this.#onCommit(changes);
  }

  #table(name: string) {
    const table = this.#tables.get(name);
    if (table === undefined)
      throw new ResourceNotFoundException({
        ...METADATA,
        message: 'Cannot do operations on a non-existent table',
      });
    return table;
  }

  #keyPart(tableName: string, image: Image): Image {
    return keyIn(image, this.#table(tableName).schema.key);
  }

  #keyOf(tableName: string, image: Image): string {
    const { hash, range } = this.#table(tableName).schema.key;
    return range === undefined ? (image[hash]?.S ?? '') : `${image[hash]?.S}\n${image[range]?.S}`;
  }
}

function keyIn(image: Image, { hash, range }: KeySchema): Image {
  const key: Record<string, AttributeValue> = {};
  for (const name of range === undefined ? [hash] : [hash, range]) {
    const value = image[name];
    if (value !== undefined) key[name] = value;
  }
  return key;
}

function reasonAgainst(action: TransactWriteItem, found: Image | undefined): CancellationReason {
  const checked = action.Put ?? action.Update ?? action.Delete ?? action.ConditionCheck;
  if (checked === undefined) throw new UnmodelledError('An action of a transaction');
  const { ConditionExpression, ReturnValuesOnConditionCheckFailure } = checked;
  if (!holds(ConditionExpression, found, checked)) {
    const isReported = ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && found !== undefined;
    return {
      Code: 'ConditionalCheckFailed',
      Message: 'The conditional request failed',
      ...(isReported ? { Item: { ...found } } : {}),
    };
  }
  try {
    if (action.Update) afterOf(action, {}, found);
    return { Code: 'None' };
  } catch (error) {
    if (!(error instanceof InvalidUpdateError)) throw error;
    return { Code: 'ValidationError', Message: error.message };
  }
}

function afterOf(
  { Put, Update }: TransactWriteItem,
  key: Image,
  found: Image | undefined,
): Image | undefined {
  if (Put?.Item) return Put.Item;
  return Update && updated(Update.UpdateExpression ?? '', found ?? key, Update as Placeholders);
}

const commandName = (command: unknown): string =>
  typeof command === 'object' && command !== null ? command.constructor.name : String(command);

const validation = (message: string): DynamoDBServiceException =>
  new DynamoDBServiceException({
    name: 'ValidationException',
    $fault: 'client',
    $metadata: { httpStatusCode: 400 },
    message,
  });

/** A transaction that was cancelled for these reasons. */
export const cancelled = (reasons: CancellationReason[]): TransactionCanceledException =>
  new TransactionCanceledException({
    ...METADATA,
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(', ')}]`,
    CancellationReasons: reasons,
  });

/** Whether a write changes nothing: then the stream has no record of it. */
export const isUnchanged = ({ before, after }: Change): boolean =>
  before !== undefined &&
  after !== undefined &&
  Object.keys(before).length === Object.keys(after).length &&
  Object.keys(before).every((name) => isEqual(before[name], after[name]));
