import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Client as OpenSearchClient } from '@opensearch-project/opensearch';
import type { SettingsOf } from '../../../contracts/settings.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import type { replaySettings } from '../../../pipelines/dead-letters/replay/replay-consumers.ts';
import type { EmailHashSource } from '../../../pipelines/search/email-hash.ts';
import type { RunningSystem } from '../../local/running/running-system.ts';

/** How the command line's clients send: a service that hangs must end a command within seconds. */
export const OPS_TRANSPORT = {
  maxAttempts: 2,
  requestHandler: {
    connectionTimeout: 3_000,
    requestTimeout: 6_000,
    throwOnRequestTimeout: true,
    socketTimeout: 6_000,
  },
};

/** The names of the system's resources, local or in an AWS account. A replay runs with the settings of the deployed consumer. */
export interface SystemResources extends SettingsOf<typeof replaySettings> {
  readonly idempotencyTableName: string;
  /** Absent where the system sends no order mails. */
  readonly mailboxTableName?: string | undefined;
  readonly consumers: Readonly<Record<ConsumerName, ConsumerResources>>;
  /** The parking queue: the dead letters that the automatic replay gave up. */
  readonly parkedDeadLettersUrl: string;
  /** The dimension `service` of the metrics: the stack. */
  readonly service: string;
}

/** The resources of one stream consumer. */
export interface ConsumerResources {
  readonly functionName: string;
  readonly deadLetterQueueUrl: string;
  readonly deadLetterBucket: string;
}

/** The system that a command works on: the local one or a stack in an AWS account, with clients for its parts. */
export interface OpsTarget extends AsyncDisposable {
  /** A name for people. */
  readonly title: string;
  readonly resources: SystemResources;
  /** Who runs the command, as the activity log and the history of dead letters name them. */
  readonly actor: string;
  readonly dynamoDb: DynamoDBClient;
  readonly streams: DynamoDBStreamsClient;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly openSearch: OpenSearchClient;
  /** The hash of addresses in the index, as the consumer makes it. */
  readonly emailHash: EmailHashSource;
  readonly cloudWatch: CloudWatchClient;
  readonly lambda: LambdaClient;
  /** What only one of the two has. */
  readonly place:
    | { readonly kind: 'local'; readonly running: RunningSystem }
    | { readonly kind: 'aws'; readonly searchEndpoint: string };
}

/** The options that name a target on the command line. */
export interface TargetOptions {
  readonly stack?: string | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
}
