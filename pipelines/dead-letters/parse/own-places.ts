import { type PayloadLocation, recordPrefix } from '../../../contracts/dead-letters/consumer-dead-letter.ts';
import { BATCH_PREFIX, type StreamBatchInfo } from '../../../contracts/dead-letters/lambda-on-failure.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';

/** What the dead letters of this stack may point to. */
export interface OwnPlaces {
  /** The ARN of the table. Its streams are those under it. */
  readonly tableArn: string;
  readonly places: Readonly<Record<ConsumerName, { readonly deadLetterBucket: string }>>;
}

/** What is wrong with pointers into a stream that is none of this table: no client follows them. `undefined` where nothing is. */
export const foreignStream = (
  { streamArn }: Pick<StreamBatchInfo, 'streamArn'>,
  { tableArn }: Pick<OwnPlaces, 'tableArn'>,
): string | undefined =>
  streamArn.startsWith(`${tableArn}/stream/`)
    ? undefined
    : 'It is of the stream of another table, and not followed';

/** What is wrong with the location of an object that no writer of this consumer chose; `undefined` where nothing is. */
export function foreignObject(
  { bucket, key }: PayloadLocation,
  kind: 'record' | 'batch',
  consumer: ConsumerName | undefined,
  { places }: Pick<OwnPlaces, 'places'>,
): string | undefined {
  if (consumer === undefined) return 'The message names no consumer';
  const prefix = kind === 'record' ? recordPrefix(consumer) : BATCH_PREFIX;
  return bucket === places[consumer].deadLetterBucket && key.startsWith(prefix)
    ? undefined
    : 'It points to an object that is none of its consumer, and is not read';
}
