import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { Client as OpenSearchClient } from '@opensearch-project/opensearch';
import { AwsSigv4Signer } from '@opensearch-project/opensearch/aws-v3';
import { secretEmailHash } from '../../../handlers/email-hash-secret.ts';
import { settings } from '../../../handlers/environment.ts';
import { replaySettings } from '../../../pipelines/dead-letters/replay/replay-consumers.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';
import { LIVE_ALIAS } from '../../../pipelines/status/consumer-mappings.ts';
import { OPS_TRANSPORT, type OpsTarget, type SystemResources, type TargetOptions } from './ops-target.ts';

/** The stack lacks an output that a command needs, or the output is invalid. */
export class StackOutputError extends OrderStreamError {
  readonly code = 'stack-output';
  readonly remedy = 'Name a stack of infra/template.yaml, of this version or a newer one, and its region.';
}

/**
 * The stack of an AWS account. Its outputs name the resources, and the environment of its consumer order-events has the
 * settings: that of the version that runs, which a roll-back makes an older one. See https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html.
 *
 * @throws StackOutputError; EnvironmentError if the consumer lacks a setting; the SDK's own errors.
 */
export async function awsTarget({ stack = '', region, profile }: TargetOptions): Promise<OpsTarget> {
  const credentials = defaultProvider(profile === undefined ? {} : { profile });
  const config = {
    ...OPS_TRANSPORT,
    credentials,
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
  };
  const outputs = await outputsOf(new CloudFormationClient(config), stack);
  const lambda = new LambdaClient(config);
  const resources = await resourcesOf(lambda, stack, outputs);
  const clients = {
    dynamoDb: new DynamoDBClient(config),
    streams: new DynamoDBStreamsClient(config),
    sns: new SNSClient(config),
    sqs: new SQSClient(config),
    s3: new S3Client(config),
  };
  const cloudWatch = new CloudWatchClient(config);
  const secrets = new SecretsManagerClient(config);
  const searchEndpoint = outputs('SearchEndpoint');
  const openSearch = new OpenSearchClient({
    ...AwsSigv4Signer({
      service: 'es',
      region: await clients.dynamoDb.config.region(),
      getCredentials: credentials,
    }),
    node: searchEndpoint,
  });
  return {
    title: `the stack ${stack}`,
    ...clients,
    openSearch,
    emailHash: secretEmailHash(outputs('EmailHashKeyArn'), secrets),
    cloudWatch,
    lambda,
    place: { kind: 'aws', searchEndpoint },
    actor: await principalOf(new STSClient(config)),
    resources,
    [Symbol.asyncDispose]: async () => {
      for (const client of [...Object.values(clients), cloudWatch, lambda, secrets]) client.destroy();
      await openSearch.close();
    },
  };
}

const ACTOR_LENGTH_MAX = 256;

/** The ARN of who runs the command. See https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html. */
async function principalOf(sts: STSClient): Promise<string> {
  const { Arn = 'unknown' } = await sts.send(new GetCallerIdentityCommand({}));
  sts.destroy();
  return Arn.slice(0, ACTOR_LENGTH_MAX);
}

/** The value of an output; where the stack lacks it, the other one. @throws StackOutputError where there is none. */
type Outputs = (name: string, otherwise?: string) => string;

async function outputsOf(cloudFormation: CloudFormationClient, stack: string): Promise<Outputs> {
  const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
  const outputs = new Map(Stacks[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  return (name, otherwise) => {
    const value = outputs.get(name) ?? otherwise;
    if (value === undefined) throw new StackOutputError(`The stack ${stack} has no output ${name}`);
    return value;
  };
}

async function resourcesOf(lambda: LambdaClient, stack: string, outputs: Outputs): Promise<SystemResources> {
  const functionName = outputs('OrderEventsFunctionName');
  const { Environment } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: functionName, Qualifier: LIVE_ALIAS }),
  );
  return {
    ...settings(replaySettings, Environment?.Variables ?? {}),
    parkedDeadLettersUrl: outputs('ParkedDeadLettersUrl'),
    service: stack,
    idempotencyTableName: outputs('IdempotencyTableName'),
    mailboxTableName: outputs('MailboxTableName', '') || undefined,
    consumers: {
      'order-events': {
        functionName,
        deadLetterQueueUrl: outputs('OrderEventsDeadLettersUrl'),
        deadLetterBucket: outputs('OrderEventsDeadLetterBucketName'),
      },
      'search-index': {
        functionName: outputs('SearchIndexFunctionName'),
        deadLetterQueueUrl: outputs('SearchIndexDeadLettersUrl'),
        deadLetterBucket: outputs('SearchIndexDeadLetterBucketName'),
      },
    },
  };
}
