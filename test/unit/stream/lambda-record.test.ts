import { describe, expect, it } from 'vitest';
import { toLambdaImage, toLambdaRecord } from '../../../pipelines/stream/lambda-record.ts';
import { STREAM_ARN } from '../../builders/stream/stream-record.ts';

describe('a stream record in Lambda’s form', () => {
  it('names the stream and keeps the rest', () => {
    const record = toLambdaRecord(
      {
        eventID: 'e',
        eventName: 'REMOVE',
        eventSource: 'aws:dynamodb',
        eventVersion: '1.1',
        awsRegion: 'eu-central-1',
        dynamodb: {
          Keys: { pk: { S: 'a' } },
          OldImage: { pk: { S: 'a' } },
          SequenceNumber: '1',
          SizeBytes: 3,
        },
        userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' },
      },
      STREAM_ARN,
    );
    expect(record).toEqual({
      eventID: 'e',
      eventName: 'REMOVE',
      eventSource: 'aws:dynamodb',
      eventVersion: '1.1',
      awsRegion: 'eu-central-1',
      dynamodb: { Keys: { pk: { S: 'a' } }, OldImage: { pk: { S: 'a' } }, SequenceNumber: '1', SizeBytes: 3 },
      eventSourceARN: STREAM_ARN,
      userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
    });
  });

  it('has nothing that the record has not', () => {
    expect(toLambdaRecord({ dynamodb: { SequenceNumber: '1' } }, STREAM_ARN)).toStrictEqual({
      eventID: undefined,
      eventName: undefined,
      eventVersion: undefined,
      eventSource: undefined,
      awsRegion: undefined,
      dynamodb: { SequenceNumber: '1' },
      eventSourceARN: STREAM_ARN,
    });
    expect(toLambdaRecord({}, STREAM_ARN).dynamodb).toStrictEqual({});
  });

  it('leaves every other value as it is', () => {
    const image = { a: { NULL: true }, b: { N: '1' }, c: { SS: ['x'] }, d: { M: {} }, e: null };
    expect(toLambdaImage(image)).toStrictEqual(image);
  });

  it('gives the time in seconds', () => {
    const record = toLambdaRecord({ dynamodb: { ApproximateCreationDateTime: new Date(1_500) } }, STREAM_ARN);
    expect(record.dynamodb?.ApproximateCreationDateTime).toBe(1.5);
  });

  it('gives binaries as base64, at any depth', () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const NewImage = { a: { B: bytes }, b: { L: [{ M: { c: { BS: [bytes] } } }] } };
    const record = toLambdaRecord({ dynamodb: { NewImage } }, STREAM_ARN);
    expect(record.dynamodb?.NewImage).toEqual({
      a: { B: 'AQID' },
      b: { L: [{ M: { c: { BS: ['AQID'] } } }] },
    });
  });
});
