import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';

/** The error of a transaction that is cancelled for these reasons, one an action. */
export const cancelledBy = (...codes: readonly string[]): TransactionCanceledException =>
  new TransactionCanceledException({
    message: '',
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  });
