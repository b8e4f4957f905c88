import { createHash } from 'node:crypto';
import { type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { VERIFICATION_FINDINGS_MAX, VerificationRun } from '../../contracts/api/status.ts';
import {
  VERIFICATION_PARTITION,
  VERIFICATION_TTL_SECONDS,
  type VerificationItem,
} from '../../contracts/operations/operations-items.ts';
import { read } from '../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';

/** The dependencies of the results of `verify`. */
export interface VerificationRunsDeps {
  readonly dynamoDb: DynamoDBClient;
  /** The OperationsTable. */
  readonly operationsTableName: string;
}

const ID_LENGTH = 12;
const LISTED = 10;

/**
 * Stores the result of a run of `verify`, with the first {@link VERIFICATION_FINDINGS_MAX} differences, for 90 days.
 *
 * @throws the SDK's own errors.
 */
export async function recordVerification(
  { dynamoDb, operationsTableName }: VerificationRunsDeps,
  run: VerificationRun,
): Promise<void> {
  const id = createHash('sha256').update(JSON.stringify(run)).digest('hex').slice(0, ID_LENGTH);
  const item: VerificationItem = {
    pk: VERIFICATION_PARTITION,
    sk: `${run.at}#${id}`,
    entityType: 'Verification',
    ...run,
    findings: run.findings.slice(0, VERIFICATION_FINDINGS_MAX),
    ttl: Math.ceil(Date.parse(run.at) / MS_PER_SECOND) + VERIFICATION_TTL_SECONDS,
  };
  await dynamoDb.send(
    new PutItemCommand({
      TableName: operationsTableName,
      Item: marshall(item, { removeUndefinedValues: true }),
    }),
  );
}

/** The latest results of `verify`, the last one first. One that cannot be parsed is left out. @throws the SDK's own errors. */
export async function latestVerifications(
  { dynamoDb, operationsTableName }: VerificationRunsDeps,
  limit = LISTED,
  abortSignal?: AbortSignal,
): Promise<readonly VerificationRun[]> {
  const { Items = [] } = await dynamoDb.send(
    new QueryCommand({
      TableName: operationsTableName,
      KeyConditionExpression: 'pk = :partition',
      ExpressionAttributeValues: marshall({ ':partition': VERIFICATION_PARTITION }),
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit: limit,
    }),
    abortSignal && { abortSignal },
  );
  return Items.flatMap((item) => read(VerificationRun, unmarshal(item)).data ?? []);
}
