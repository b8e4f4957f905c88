import { PermanentError } from '../errors.ts';

/**
 * Waits until every task has ended, then throws the failure that counts most: a retryable one comes before a permanent one,
 * since the record must be retried for the first and would be dead-lettered again for the second.
 */
export async function settleAll(tasks: readonly Promise<void>[]): Promise<void> {
  const failures = (await Promise.allSettled(tasks)).flatMap((task) =>
    task.status === 'rejected' ? [task.reason as unknown] : [],
  );
  if (failures.length === 0) return;
  throw failures.find((failure) => !(failure instanceof PermanentError)) ?? failures[0];
}
