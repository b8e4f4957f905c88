import { DynamoDBServiceException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';

/** The error of a transaction that is cancelled for these reasons, one an action. */
export const cancelledBy = (...codes: readonly string[]): TransactionCanceledException =>
  new TransactionCanceledException({
    message: '',
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

/** The error of a read whose keys are not those of the table. */
export const refusedRead = (): DynamoDBServiceException =>
  new DynamoDBServiceException({
    name: 'ValidationException',
    $fault: 'client',
    $metadata: {},
    message: 'The provided key element does not match the schema',
  });
