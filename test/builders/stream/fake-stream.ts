import {
  type DescribeStreamCommandInput,
  DynamoDBStreamsClient,
  type GetRecordsCommandInput,
  type GetRecordsCommandOutput,
  type GetShardIteratorCommandInput,
  ResourceNotFoundException,
  type _Record as SdkRecord,
  type ServiceOutputTypes,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';

const SHARDS_A_PAGE = 2;
const RECORDS_A_PAGE = 1_000;
const SEQUENCE_NUMBER_DIGITS = 21;

interface FakeShard {
  readonly shardId: string;
  readonly parentShardId: string | undefined;
  readonly records: SdkRecord[];
  isClosed: boolean;
  /** How many records, from the first, are no longer in the stream. */
  trimmed: number;
}

/** The sequence number of the n-th record of a fake stream. */
export const sequenceNumber = (n: number): string => String(n).padStart(SEQUENCE_NUMBER_DIGITS, '0');

/** A DynamoDB stream in memory, used through the real SDK client. Its responses replace those of the network. */
export class FakeStream {
  readonly client: DynamoDBStreamsClient;
  readonly #shards = new Map<string, FakeShard>();
  readonly #faults: { readonly command: string; readonly error: Error }[] = [];
  #written = 0;
  /** How many records before its position each read repeats, as DynamoDB Local does at times. */
  repeats = 0;
  /** The commands that were sent, in order. */
  readonly calls: string[] = [];

  constructor() {
    this.client = new DynamoDBStreamsClient({
      region: 'eu-central-1',
      endpoint: 'http://127.0.0.1:1',
      credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    });
    this.client.middlewareStack.add(
      (_next, context) => async (args) => ({
        output: this.#execute(String(context['commandName']), args.input),
        response: {},
      }),
      { step: 'initialize' },
    );
  }

  addShard(shardId: string, parentShardId?: string): void {
    this.#shards.set(shardId, { shardId, parentShardId, records: [], isClosed: false, trimmed: 0 });
  }

  closeShard(shardId: string): void {
    this.#shard(shardId).isClosed = true;
  }

  removeShard(shardId: string): void {
    this.#shards.delete(shardId);
  }

  trim(shardId: string, records: number): void {
    this.#shard(shardId).trimmed = records;
  }

  /** The next call of this command fails. */
  failNext(command: string, error: Error): void {
    this.#faults.push({ command, error });
  }

  /** Adds a record of the item `pk` / `sk` and returns its sequence number. */
  put(pk: string, options: { shardId?: string; createdAt?: Date; attributes?: object } = {}): string {
    this.#written += 1;
    const Keys = { pk: { S: pk }, sk: { S: 'item' } };
    const SequenceNumber = sequenceNumber(this.#written);
    this.#shard(options.shardId ?? 'shard-1').records.push({
      eventID: `event-${this.#written}`,
      eventName: 'INSERT',
      eventSource: 'aws:dynamodb',
      eventVersion: '1.1',
      awsRegion: 'eu-central-1',
      dynamodb: {
        Keys,
        SequenceNumber,
        NewImage: { ...Keys, ...options.attributes },
        ...(options.createdAt === undefined ? {} : { ApproximateCreationDateTime: options.createdAt }),
      },
    });
    return SequenceNumber;
  }

  #execute(commandName: string, input: unknown): ServiceOutputTypes {
    this.calls.push(commandName);
    const fault = this.#faults.findIndex(({ command }) => command === commandName);
    if (fault !== -1) throw this.#faults.splice(fault, 1)[0]?.error;
    switch (commandName) {
      case 'DescribeStreamCommand':
        return this.#describe(input as DescribeStreamCommandInput);
      case 'GetShardIteratorCommand':
        return { $metadata: {}, ShardIterator: this.#iterator(input as GetShardIteratorCommandInput) };
      case 'GetRecordsCommand':
        return this.#records(input as GetRecordsCommandInput);
      default:
        throw new Error(`The fake stream knows no ${commandName}`);
    }
  }

  #describe(input: DescribeStreamCommandInput): ServiceOutputTypes {
    const all = [...this.#shards.values()];
    const start = 1 + all.findIndex(({ shardId }) => shardId === input.ExclusiveStartShardId);
    const page = all.slice(start, start + SHARDS_A_PAGE);
    const isLast = start + SHARDS_A_PAGE >= all.length;
    return {
      $metadata: {},
      StreamDescription: {
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        Shards: page.map(({ shardId, parentShardId, isClosed }) => ({
          ShardId: shardId,
          ParentShardId: parentShardId,
          SequenceNumberRange: {
            StartingSequenceNumber: sequenceNumber(0),
            ...(isClosed ? { EndingSequenceNumber: sequenceNumber(this.#written) } : {}),
          },
        })),
        ...(isLast ? {} : { LastEvaluatedShardId: page.at(-1)?.shardId }),
      },
    };
  }

  #iterator(input: GetShardIteratorCommandInput): string {
    const shard = this.#shard(String(input.ShardId));
    const after = shard.records.findIndex(
      ({ dynamodb }) => dynamodb?.SequenceNumber === input.SequenceNumber,
    );
    const positions = {
      TRIM_HORIZON: shard.trimmed,
      AFTER_SEQUENCE_NUMBER: after + 1,
    };
    const position = positions[input.ShardIteratorType as keyof typeof positions];
    return `${shard.shardId}|${position}`;
  }

  #records(input: GetRecordsCommandInput): GetRecordsCommandOutput {
    const [shardId = '', position] = String(input.ShardIterator).split('|');
    const shard = this.#shard(shardId);
    const from = Number(position);
    if (from < shard.trimmed) throw new TrimmedDataAccessException({ message: 'trimmed', $metadata: {} });
    const to = Math.min(shard.records.length, from + RECORDS_A_PAGE);
    const isEnded = shard.isClosed && to === shard.records.length;
    return {
      $metadata: {},
      Records: shard.records.slice(Math.max(0, from - this.repeats), to),
      ...(isEnded ? {} : { NextShardIterator: `${shardId}|${to}` }),
    };
  }

  #shard(shardId: string): FakeShard {
    const shard = this.#shards.get(shardId);
    if (shard === undefined)
      throw new ResourceNotFoundException({ message: `No shard ${shardId}`, $metadata: {} });
    return shard;
  }
}
