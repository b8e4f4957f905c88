import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { transport } from './transport.ts';

/** Apart from the other clients, so that the bundles of those that read no stream do not hold it. */
export const dynamoDbStreams = (): DynamoDBStreamsClient => new DynamoDBStreamsClient(transport);
