import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Client as OpenSearchClient } from '@opensearch-project/opensearch';
import type { ConsumerName } from '../../../contracts/stream.ts';
import type { RunningSystem } from '../../local/running/running-system.ts';

/** What operators call things of the system, wherever it runs. */
export interface SystemResources {
  readonly tableName: string;
  readonly topicArn: string;
  readonly consumers: Readonly<Record<ConsumerName, ConsumerResources>>;
  /** The queue of the letters that the redrive gave up. */
  readonly parkedDeadLettersUrl: string;
  /** Days that ended orders are kept; 0 is for ever. A replay writes by it as the consumer does. */
  readonly orderRetentionDays: number;
}

/** One stream consumer's. */
export interface ConsumerResources {
  readonly functionName: string;
  readonly deadLetterQueueUrl: string;
  readonly deadLetterBucket: string;
}

/** The system that a command works on: the local one or a stack in an AWS account, with clients for its parts. */
export interface OpsTarget extends AsyncDisposable {
  /** As a person would call it. */
  readonly title: string;
  readonly resources: SystemResources;
  readonly dynamoDb: DynamoDBClient;
  readonly streams: DynamoDBStreamsClient;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly openSearch: OpenSearchClient;
  /** What only one of the two can tell. */
  readonly place:
    | { readonly kind: 'local'; readonly running: RunningSystem }
    | { readonly kind: 'aws'; readonly cloudWatch: CloudWatchClient };
}

/** How a target is named on the command line. */
export interface TargetOptions {
  readonly stack?: string | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
}
