import type { _Record as SdkRecord } from '@aws-sdk/client-dynamodb-streams';
import {
  DescribeStreamCommand,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { TTL_PRINCIPAL } from '../../../contracts/stream.ts';
import { hashOf } from '../random.ts';
import { UnmodelledError } from './attribute-value.ts';
import { type Change, isUnchanged } from './table.ts';

interface Shard {
  readonly shardId: string;
  readonly parentShardId: string | undefined;
  /** The partition keys whose hash lies here: from, to below. */
  readonly from: number;
  readonly to: number;
  readonly records: SdkRecord[];
  isClosed: boolean;
  /** How many records, from the first, are no longer in the stream. */
  trimmed: number;
}

const HASH_SPAN = 2 ** 32;
const SEQUENCE_NUMBER_DIGITS = 21;
const ITERATOR_MS = 15 * 60 * 1_000;
/** See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html. */
const KEPT_MS = 24 * 60 * 60 * 1_000;
const METADATA = { $metadata: {} };
export const STREAM_ARN =
  'arn:aws:dynamodb:eu-central-1:000000000000:table/Table/stream/2026-03-01T12:00:00.000';

/** A table's stream: shards that split, records in order for each item, 24 hours of them. */
export class StreamModel {
  readonly #shards: Shard[] = [];
  readonly #nowMs: () => number;
  readonly #pageRecordsMax: number;
  #written = 0;
  #made = 0;

  constructor(nowMs: () => number, options: { readonly shards: number; readonly pageRecordsMax: number }) {
    this.#nowMs = nowMs;
    this.#pageRecordsMax = options.pageRecordsMax;
    for (let n = 0; n < options.shards; n += 1)
      this.#open(undefined, (HASH_SPAN / options.shards) * n, (HASH_SPAN / options.shards) * (n + 1));
  }

  /** Appends the record of a change, if there is one. @returns it and where it is. */
  append(
    change: Change,
    isExpiry = false,
  ): { readonly record: SdkRecord; readonly shardId: string } | undefined {
    const { before, after } = change;
    const image = after ?? before;
    if (image === undefined || isUnchanged(change)) return undefined;
    const { pk, sk } = image;
    if (pk?.S === undefined || sk === undefined)
      throw new UnmodelledError('A stream of a table with another key');
    this.#written += 1;
    const createdAt = new Date(Math.floor(this.#nowMs() / 1_000) * 1_000);
    const record: SdkRecord = {
      eventID: `event-${this.#written}`,
      eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'eu-central-1',
      dynamodb: {
        ApproximateCreationDateTime: createdAt,
        Keys: { pk, sk },
        SequenceNumber: String(this.#written).padStart(SEQUENCE_NUMBER_DIGITS, '0'),
        SizeBytes: 1,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
        ...(after === undefined ? {} : { NewImage: after }),
        ...(before === undefined ? {} : { OldImage: before }),
      } as NonNullable<SdkRecord['dynamodb']>,
      ...(isExpiry ? { userIdentity: { Type: 'Service', PrincipalId: TTL_PRINCIPAL } } : {}),
    };
    const shard = this.#shardOf(pk.S);
    shard.records.push(record);
    return { record, shardId: shard.shardId };
  }

  /** Closes an open shard; two new ones take its keys. */
  split(place: number): void {
    const open = this.#shards.filter(({ isClosed }) => !isClosed);
    const shard = open[place % open.length];
    if (shard === undefined) return;
    shard.isClosed = true;
    const middle = Math.floor((shard.from + shard.to) / 2);
    this.#open(shard.shardId, shard.from, middle);
    this.#open(shard.shardId, middle, shard.to);
  }

  /** Trims what is older than a day. @returns how many records were trimmed. */
  trim(): number {
    const oldest = this.#nowMs() - KEPT_MS;
    let count = 0;
    for (const shard of this.#shards) {
      while (createdMs(shard.records[shard.trimmed]) < oldest) {
        shard.trimmed += 1;
        count += 1;
      }
    }
    return count;
  }

  /** Changes whenever there is something new to read; each page has it as its request id. */
  get state(): string {
    return `${this.#written}-${this.#made}`;
  }

  /** Every record that was ever in a shard, trimmed ones included. */
  history(shardId: string): readonly SdkRecord[] {
    return this.#shard(shardId).records;
  }

  get shardIds(): readonly string[] {
    return this.#shards.map(({ shardId }) => shardId);
  }

  /** Executes a command. @throws what the streams API does. */
  execute(command: unknown): unknown {
    if (command instanceof DescribeStreamCommand) return this.#describe();
    if (command instanceof GetShardIteratorCommand) return this.#iterator(command);
    if (command instanceof GetRecordsCommand) return this.#records(command);
    throw new UnmodelledError('A command of the streams API');
  }

  #describe(): object {
    return {
      ...METADATA,
      StreamDescription: {
        StreamArn: STREAM_ARN,
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        Shards: this.#shards.map(({ shardId, parentShardId, isClosed, records }) => ({
          ShardId: shardId,
          ...(parentShardId === undefined ? {} : { ParentShardId: parentShardId }),
          SequenceNumberRange: {
            StartingSequenceNumber:
              records[0]?.dynamodb?.SequenceNumber ?? '0'.repeat(SEQUENCE_NUMBER_DIGITS),
            ...(isClosed
              ? {
                  EndingSequenceNumber:
                    records.at(-1)?.dynamodb?.SequenceNumber ?? '0'.repeat(SEQUENCE_NUMBER_DIGITS),
                }
              : {}),
          },
        })),
      },
    };
  }

  #iterator({ input }: GetShardIteratorCommand): object {
    const { ShardId = '', ShardIteratorType, SequenceNumber = '' } = input;
    const shard = this.#shard(ShardId);
    const isMet = ({ dynamodb }: SdkRecord): boolean => (dynamodb?.SequenceNumber ?? '') >= SequenceNumber;
    const at = (records: readonly SdkRecord[]): number => {
      const found = records.findIndex(isMet);
      return found === -1 ? records.length : found;
    };
    const isThere = shard.records[at(shard.records)]?.dynamodb?.SequenceNumber === SequenceNumber;
    switch (ShardIteratorType) {
      case 'TRIM_HORIZON':
        return this.#iteratorAt(shard, shard.trimmed);
      case 'AT_SEQUENCE_NUMBER':
      case 'AFTER_SEQUENCE_NUMBER': {
        const position = at(shard.records);
        if (position < shard.trimmed) throw trimmedAccess();
        return this.#iteratorAt(
          shard,
          ShardIteratorType === 'AFTER_SEQUENCE_NUMBER' && isThere ? position + 1 : position,
        );
      }
      default:
        throw new UnmodelledError(`The iterator ${ShardIteratorType}`);
    }
  }

  #iteratorAt({ shardId }: Shard, position: number): object {
    return { ...METADATA, ShardIterator: `${shardId}|${position}|${this.#nowMs()}` };
  }

  #records({ input: { ShardIterator = '', Limit = Number.POSITIVE_INFINITY } }: GetRecordsCommand): object {
    const [shardId = '', position, madeMs] = ShardIterator.split('|');
    const shard = this.#shard(shardId);
    if (this.#nowMs() - Number(madeMs) > ITERATOR_MS)
      throw new ExpiredIteratorException({ ...METADATA, message: 'Iterator expired' });
    const from = Number(position);
    if (from < shard.trimmed) throw trimmedAccess();
    const to = Math.min(shard.records.length, from + Math.min(Limit, this.#pageRecordsMax));
    const isEnded = shard.isClosed && to === shard.records.length;
    return {
      $metadata: { requestId: this.state },
      Records: shard.records.slice(from, to),
      ...(isEnded ? {} : { NextShardIterator: `${shardId}|${to}|${this.#nowMs()}` }),
    };
  }

  #open(parentShardId: string | undefined, from: number, to: number): void {
    this.#made += 1;
    const shardId = `shardId-${String(this.#made).padStart(20, '0')}`;
    this.#shards.push({ shardId, parentShardId, from, to, records: [], isClosed: false, trimmed: 0 });
  }

  #shardOf(pk: string): Shard {
    const place = hashOf(pk);
    const shard = this.#shards.find(({ isClosed, from, to }) => !isClosed && from <= place && place < to);
    if (shard === undefined) throw new RangeError('No open shard has the key');
    return shard;
  }

  #shard(shardId: string): Shard {
    const shard = this.#shards.find((one) => one.shardId === shardId);
    if (shard === undefined)
      throw new ResourceNotFoundException({ ...METADATA, message: `No shard ${shardId}` });
    return shard;
  }
}

const createdMs = (record: SdkRecord | undefined): number =>
  record?.dynamodb?.ApproximateCreationDateTime?.getTime() ?? Number.POSITIVE_INFINITY;

const trimmedAccess = (): TrimmedDataAccessException =>
  new TrimmedDataAccessException({ ...METADATA, message: 'The records are trimmed' });
