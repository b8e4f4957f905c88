import { randomUUID } from 'node:crypto';
import { LOCAL_HOST } from '../machine/free-port.ts';
import { LOCAL_REGION } from '../machine/region.ts';
import { STACK_NAME } from '../template/local-names.ts';

/** The events that this file distinguishes. A copy and a browser's form count as a put. */
export type ObjectCreatedName = 'ObjectCreated:Put' | 'ObjectCreated:CompleteMultipartUpload';

/** A new object in a bucket. */
export interface CreatedObject {
  readonly eventName: ObjectCreatedName;
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  /** Without quotes. */
  readonly eTag: string;
  readonly createdAt: Date;
  /** Hexadecimal digits of a fixed length. Of two writes of one key, the later one has the greater value. */
  readonly sequencer: string;
}

/** S3's message for a new object. See https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html. */
export const objectCreated = (object: CreatedObject): object => ({
  Records: [
    {
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: LOCAL_REGION,
      eventTime: object.createdAt.toISOString(),
      eventName: object.eventName,
      userIdentity: { principalId: 'local' },
      requestParameters: { sourceIPAddress: LOCAL_HOST },
      responseElements: { 'x-amz-request-id': randomUUID(), 'x-amz-id-2': 'local' },
      s3: {
        s3SchemaVersion: '1.0',
        configurationId: STACK_NAME,
        bucket: {
          name: object.bucket,
          ownerIdentity: { principalId: 'local' },
          arn: `arn:aws:s3:::${object.bucket}`,
        },
        object: {
          key: encodeKey(object.key),
          size: object.size,
          eTag: object.eTag,
          sequencer: object.sequencer,
        },
      },
    },
  ],
});

/** Encoded as a form, with `+` for a space; slashes are kept. */
const encodeKey = (key: string): string =>
  new URLSearchParams({ key }).toString().slice('key='.length).replaceAll('%2F', '/');

const NANOS_PER_MS = 1_000_000n;
const DIGITS = 18;
const HEXADECIMAL = 16;

/** Creates S3's sequencers. Each is greater than all earlier ones, unless the clock goes back during a restart. */
export class Sequencer {
  readonly #nowMs: () => number;
  #last = 0n;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** The next one: {@link DIGITS} hexadecimal digits, so that they compare as texts. */
  next(): string {
    const now = BigInt(this.#nowMs()) * NANOS_PER_MS;
    this.#last = now > this.#last ? now : this.#last + 1n;
    return this.#last.toString(HEXADECIMAL).toUpperCase().padStart(DIGITS, '0');
  }
}
