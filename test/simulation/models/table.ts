import { isDeepStrictEqual } from 'node:util';
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type CancellationReason,
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  GetItemCommand,
  IdempotentParameterMismatchException,
  ProvisionedThroughputExceededException,
  QueryCommand,
  type QueryCommandInput,
  ResourceNotFoundException,
  ScanCommand,
  type ScanCommandInput,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { compared, type Image, isEqual, UnmodelledError } from './attribute-value.ts';
import { holds, InvalidUpdateError, type Placeholders, projected, updated } from './expression.ts';
import {
  type Taken,
  unitsOf,
  WRITE_UNITS_PER_PARTITION,
  WriteCapacity,
  type WrittenUnits,
} from './write-capacity.ts';

/** What a table or an index is keyed by. */
export interface KeySchema {
  readonly hash: string;
  readonly range?: string;
}

/** A table as it is made. Each index holds complete items; one with the table's partition key is local. */
export interface TableSchema {
  readonly key: KeySchema;
  readonly indexes?: Readonly<Record<string, KeySchema>>;
}

/** How long a transaction is under way, and how much a partition key takes. */
export interface DatabaseLimits {
  readonly transactionMs: number;
  readonly transactionMsPerAction: number;
  /** Write units a second, of each partition key of the table and of its indexes. */
  readonly partitionWriteUnits: number;
}

/** No transaction meets another. */
const AT_ONCE: DatabaseLimits = {
  transactionMs: 0,
  transactionMsPerAction: 0,
  partitionWriteUnits: WRITE_UNITS_PER_PARTITION,
};

/**
 * A transaction that the table has begun. It holds its items until it ends: meanwhile every other transaction that names one of
 * them is cancelled. A refused one ends too, and holds nothing.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling.
 */
export class Underway {
  readonly ms: number;
  /** To be called once, when `ms` have passed. @throws what DynamoDB does. */
  readonly end: () => unknown;

  constructor(ms: number, end: () => unknown) {
    this.ms = ms;
    this.end = end;
  }
}

/** The items of a transaction that is under way, and whether another write took one of them. */
interface Hold {
  readonly lost: Set<string>;
}

/** The change of one item by one write. */
export interface Change {
  readonly tableName: string;
  readonly before: Image | undefined;
  readonly after: Image | undefined;
}

interface Token {
  readonly actions: unknown;
  readonly untilMs: number;
  readonly isUnderway: boolean;
}

/** One action of a transaction, and the item that it finds. */
interface Target {
  readonly action: TransactWriteItem;
  readonly tableName: string;
  readonly key: Image;
  readonly found: Image | undefined;
  readonly place: string;
}

const ACTIONS_MAX = 100;
const BATCH_WRITES_MAX = 25;
const TOKEN_MS = 10 * 60 * 1_000;
const METADATA = { $metadata: {} };

/** The tables of one account: conditional and transactional writes, as DynamoDB makes them. */
export class Database {
  readonly #tables = new Map<string, { readonly schema: TableSchema; readonly items: Map<string, Image> }>();
  readonly #tokens = new Map<string, Token>();
  readonly #held = new Map<string, Hold>();
  readonly #nowMs: () => number;
  readonly #onCommit: (changes: readonly Change[]) => void;
  readonly #limits: DatabaseLimits;
  readonly #capacity: WriteCapacity;

  /** @param onCommit called with each request's changes at the moment at which they take effect. */
  constructor(nowMs: () => number, onCommit: (changes: readonly Change[]) => void, limits = AT_ONCE) {
    this.#nowMs = nowMs;
    this.#onCommit = onCommit;
    this.#limits = limits;
    this.#capacity = new WriteCapacity(nowMs, limits.partitionWriteUnits);
  }

  /** The write units of all transactions. */
  get written(): WrittenUnits {
    return this.#capacity.written;
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

  /** Writes or deletes an item as it is, by no request. A transaction that holds the item is cancelled. */
  change(tableName: string, key: Image, after: Image | undefined): void {
    const place = this.#placeOf(tableName, key);
    this.#held.get(place)?.lost.add(place);
    this.#apply([{ tableName, key, after }]);
  }

  /** Executes a command at once. @throws what DynamoDB does; UnmodelledError for requests that this project does not send. */
  execute(command: unknown): unknown {
    const begun = this.begin(command);
    return begun instanceof Underway ? begun.end() : begun;
  }

  /** Begins a command: a transaction is then under way, everything else is done. @throws as {@link execute}. */
  begin(command: unknown): unknown {
    if (command instanceof GetItemCommand) return this.#get(command.input);
    if (command instanceof BatchGetItemCommand) return this.#batchGet(command);
    if (command instanceof BatchWriteItemCommand) return this.#batchWrite(command);
    if (command instanceof TransactWriteItemsCommand) return this.#transact(command);
    if (command instanceof UpdateItemCommand) return this.#update(command);
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

  /** Puts without conditions, each for itself: those that their partition key does not take are unprocessed. */
  #batchWrite({ input }: BatchWriteItemCommand): object {
    const puts = Object.entries(input.RequestItems ?? {}).flatMap(([tableName, requests]) =>
      requests.map(({ PutRequest }) => {
        if (PutRequest?.Item === undefined) throw new UnmodelledError('A delete of a batch');
        return { tableName, key: this.#keyPart(tableName, PutRequest.Item), after: PutRequest.Item };
      }),
    );
    if (puts.length > BATCH_WRITES_MAX)
      throw validation('Too many items requested for the BatchWriteItem call');
    if (new Set(puts.map(({ tableName, key }) => this.#placeOf(tableName, key))).size < puts.length)
      throw validation('Provided list of item keys contains duplicates');
    const isTaken = puts.map(({ tableName, key, after }) => {
      const [item, ...entries] = this.#unitsOf(tableName, key, this.item(tableName, key), after);
      const request = this.#capacity.request();
      if (item === undefined || !request.take([{ ...item, units: item.units / 2 }, ...entries])) return false;
      request.end();
      return true;
    });
    this.#apply(puts.filter((_, index) => isTaken[index]));
    const rest = Map.groupBy(
      puts.filter((_, index) => !isTaken[index]),
      ({ tableName }) => tableName,
    );
    const UnprocessedItems = Object.fromEntries(
      [...rest].map(([name, some]) => [name, some.map(({ after: Item }) => ({ PutRequest: { Item } }))]),
    );
    return { ...METADATA, UnprocessedItems };
  }

  /** A write without a transaction: refused where one holds the item, and otherwise done at once. */
  #update({ input }: UpdateItemCommand): object {
    const Update = input as NonNullable<TransactWriteItem['Update']>;
    const { action, tableName, key, found, place } = this.#targetOf({ Update });
    if (this.#held.has(place))
      throw new TransactionConflictException({ ...METADATA, message: 'Transaction is ongoing for the item' });
    const { Code } = reasonAgainst(action, found);
    if (Code === 'ConditionalCheckFailed')
      throw new ConditionalCheckFailedException({ ...METADATA, message: 'The conditional request failed' });
    if (Code !== 'None') throw validation('The update is invalid');
    const after = afterOf(action, key, found);
    const [item, ...entries] = this.#unitsOf(tableName, key, found, after);
    const request = this.#capacity.request();
    if (item === undefined || !request.take([{ ...item, units: item.units / 2 }, ...entries]))
      throw new ProvisionedThroughputExceededException({ ...METADATA, message: 'Throughput exceeded' });
    request.end();
    this.#apply([{ tableName, key, after }]);
    return METADATA;
  }

  #transact({ input }: TransactWriteItemsCommand): Underway {
    const { TransactItems: actions = [], ClientRequestToken: token } = input;
    const known = token === undefined ? undefined : this.#tokens.get(token);
    if (known !== undefined && known.untilMs > this.#nowMs()) {
      if (!isDeepStrictEqual(known.actions, actions))
        throw new IdempotentParameterMismatchException({
          ...METADATA,
          message: 'The token is of other writes',
        });
      if (known.isUnderway)
        throw new TransactionInProgressException({ ...METADATA, message: 'The transaction is in progress' });
      return new Underway(0, () => METADATA);
    }
    if (actions.length > ACTIONS_MAX) throw validation('More than 100 actions');
    const named = actions.map((action) => this.#targetOf(action));
    if (new Set(named.map(({ place }) => place)).size < named.length)
      throw validation('Transaction request cannot include multiple operations on one item');
    const reasons = this.#reasonsAgainst(named);
    if (reasons.some(({ Code }) => Code !== 'None')) return this.#refused(reasons);
    const hold: Hold = { lost: new Set() };
    for (const { place } of named) this.#held.set(place, hold);
    if (token !== undefined) this.#tokens.set(token, { actions, untilMs: Infinity, isUnderway: true });
    const { transactionMs, transactionMsPerAction } = this.#limits;
    return new Underway(transactionMs + transactionMsPerAction * actions.length, () =>
      this.#end(named, hold, token),
    );
  }

  /** What is against each action. Conflicts and throttles hide no conditions of other actions: DynamoDB asks all items at once. */
  #reasonsAgainst(named: readonly Target[]): CancellationReason[] {
    const request = this.#capacity.request();
    const reasons = named.map(({ action, found, tableName, key, place }): CancellationReason => {
      if (this.#held.has(place))
        return { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' };
      const reason = reasonAgainst(action, found);
      const isWritten = reason.Code === 'None' && !action.ConditionCheck;
      const after = isWritten ? afterOf(action, key, found) : found;
      return request.take(this.#unitsOf(tableName, key, found, after))
        ? reason
        : { Code: 'ThrottlingError', Message: 'Throughput exceeds the current capacity' };
    });
    if (!reasons.some(({ Code }) => Code === 'ThrottlingError')) request.end();
    return reasons;
  }

  /**
   * An item of a transaction takes twice its units; its entries in the indexes take theirs once. A full index refuses the write to
   * the table: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/gsi-throttling.html.
   */
  #unitsOf(tableName: string, key: Image, before: Image | undefined, after: Image | undefined): Taken[] {
    const { schema } = this.#table(tableName);
    const [unitsBefore, unitsAfter] = [before, after].map((image) =>
      image === undefined ? 1 : unitsOf(image),
    );
    const own = { index: 'table', key: `${tableName} ${key[schema.key.hash]?.S}` };
    const part = typeOf(tableName, before, after);
    const taken: Taken[] = [{ ...own, part, units: 2 * Math.max(unitsBefore ?? 1, unitsAfter ?? 1) }];
    if (before === after || (before && after && isUnchanged({ tableName, before, after }))) return taken;
    for (const [name, index] of Object.entries(schema.indexes ?? {})) {
      const isLocal = index.hash === schema.key.hash;
      const entry = (image: Image): Omit<Taken, 'units'> => ({
        ...(isLocal ? own : { index: name, key: `${image[index.hash]?.S}` }),
        part: name,
      });
      const isKept = isIn(before, index) && isIn(after, index) && isSameEntry(before, after, index);
      // An entry whose key stays is written once. Another key removes one entry and puts another.
      if (isIn(before, index) && !isKept) taken.push({ ...entry(before), units: unitsBefore ?? 1 });
      if (isIn(after, index)) taken.push({ ...entry(after), units: unitsAfter ?? 1 });
    }
    return taken;
  }

  #refused(reasons: CancellationReason[]): Underway {
    return new Underway(this.#limits.transactionMs, () => {
      throw cancelled(reasons);
    });
  }

  #end(named: readonly Target[], hold: Hold, token: string | undefined): object {
    for (const { place } of named) this.#held.delete(place);
    if (hold.lost.size > 0) {
      if (token !== undefined) this.#tokens.delete(token);
      throw cancelled(
        named.map(({ place }) => ({ Code: hold.lost.has(place) ? 'TransactionConflict' : 'None' })),
      );
    }
    const actions = named.map(({ action }) => action);
    this.#apply(
      named.flatMap(({ tableName, key, found, action }) => {
        if (action.ConditionCheck) return [];
        return [{ tableName, key, after: afterOf(action, key, found) }];
      }),
    );
    if (token !== undefined)
      this.#tokens.set(token, { actions, untilMs: this.#nowMs() + TOKEN_MS, isUnderway: false });
    return METADATA;
  }

  #targetOf(action: TransactWriteItem): Target {
    const { Put, Update, Delete, ConditionCheck } = action;
    const tableName = (Put ?? Update ?? Delete ?? ConditionCheck)?.TableName ?? '';
    const image = Put?.Item ?? (Update ?? Delete ?? ConditionCheck)?.Key ?? {};
    const key = this.#keyPart(tableName, image);
    return { action, tableName, key, found: this.item(tableName, key), place: this.#placeOf(tableName, key) };
  }

  #placeOf(tableName: string, key: Image): string {
    return `${tableName} ${this.#keyOf(tableName, key)}`;
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

/** What its contract calls an item; the name of the table where that has no types. */
const typeOf = (tableName: string, before: Image | undefined, after: Image | undefined): string =>
  (after ?? before)?.['entityType']?.S ?? tableName;

const namesOf = ({ hash, range }: KeySchema): readonly string[] =>
  range === undefined ? [hash] : [hash, range];

/** Whether an image is in an index: where it has the attributes of its key. */
const isIn = (image: Image | undefined, index: KeySchema): image is Image =>
  image !== undefined && namesOf(index).every((name) => image[name] !== undefined);

const isSameEntry = (one: Image, other: Image, index: KeySchema): boolean =>
  namesOf(index).every((name) => isEqual(one[name], other[name]));

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
