import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { transport } from './transport.ts';

/** The one place of a function's process where AWS clients are made; endpoints come from the SDK's own environment variables. */
export const dynamoDb = (): DynamoDBClient => new DynamoDBClient(transport);
export const sns = (): SNSClient => new SNSClient(transport);
export const sqs = (): SQSClient => new SQSClient(transport);
export const s3 = (): S3Client => new S3Client(transport);
