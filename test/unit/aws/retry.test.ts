import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it, vi } from 'vitest';
import { awsErrorKind } from '../../../pipelines/aws/aws-errors.ts';
import { withRetry } from '../../../pipelines/aws/retry.ts';
import { OptimisticLockError, retryOnConflict } from '../../../pipelines/dynamodb/optimistic-lock.ts';

const policy = { attemptsMax: 4, delayMsBase: 50, delayMsMax: 150, budgetMs: 1_000 };
const conflict = () => new TransactionConflictException({ message: '', $metadata: {} });

/** An operation that fails with the given errors, one a call, then succeeds; and the waits between its calls. */
function scripted(errors: readonly Error[]) {
  const waitsMs: number[] = [];
  let calls = 0;
  let clockMs = 0;
  const operation = async (): Promise<string> => {
    const error = errors[calls];
    calls += 1;
    if (error !== undefined) throw error;
    return 'done';
  };
  const sleep = async (ms: number): Promise<void> => {
    waitsMs.push(ms);
    clockMs += ms;
  };
  const options = { policy, random: () => 1, sleep, nowMs: () => clockMs };
  return { operation, options, waitsMs, calls: () => calls };
}

describe('withRetry', () => {
  it('tries a conflict again until it succeeds', async () => {
    const { operation, options } = scripted([conflict(), conflict()]);
    expect(await withRetry(operation, options)).toBe('done');
  });

  it('waits at most an exponentially growing time, up to its bound', async () => {
    const { operation, options, waitsMs } = scripted([conflict(), conflict(), conflict()]);
    await withRetry(operation, options);
    expect(waitsMs).toEqual([50, 100, 150]);
  });

  it('throws the last error when its tries are used up', async () => {
    const last = conflict();
    const { operation, options, calls } = scripted([conflict(), conflict(), conflict(), last]);
    await expect(withRetry(operation, options)).rejects.toBe(last);
    expect(calls()).toBe(4);
  });

  it('does not start a try beyond its budget of time', async () => {
    const { operation, options, calls } = scripted([conflict(), conflict(), conflict()]);
    await expect(
      withRetry(operation, { ...options, policy: { ...policy, budgetMs: 60 } }),
    ).rejects.toBeInstanceOf(TransactionConflictException);
    expect(calls()).toBe(2);
  });

  it('starts the try that its budget just allows', async () => {
    const { operation, options, waitsMs } = scripted([conflict()]);
    await withRetry(operation, { ...options, policy: { ...policy, budgetMs: 50 } });
    expect(waitsMs).toEqual([50]);
  });

  it('counts the time since the first try, not since midnight', async () => {
    const { operation, options, calls } = scripted([conflict()]);
    await withRetry(operation, { ...options, nowMs: () => 1_000_000 });
    expect(calls()).toBe(2);
  });

  it('waits a random part of that time', async () => {
    const { operation, options, waitsMs } = scripted([conflict()]);
    await withRetry(operation, { ...options, random: () => 0.25 });
    expect(waitsMs).toEqual([12.5]);
  });

  it('asks whether a failure is retryable, where the caller says how', async () => {
    const { operation, options, calls } = scripted([new RangeError('again')]);
    await withRetry(operation, { ...options, isRetryable: (error) => error instanceof RangeError });
    expect(calls()).toBe(2);
  });

  it('waits on the machine’s clock by default', async () => {
    const { operation, calls } = scripted([conflict()]);
    expect(await withRetry(operation, { policy: { ...policy, delayMsBase: 1 } })).toBe('done');
    expect(calls()).toBe(2);
  });

  it('ends a wait when its signal aborts', async () => {
    const given = new AbortController();
    const { operation, calls } = scripted([conflict()]);
    const slow = { ...policy, delayMsBase: 60_000, delayMsMax: 60_000, budgetMs: 120_000 };
    const retried = withRetry(operation, { policy: slow, random: () => 1, signal: given.signal });
    await new Promise(setImmediate);
    expect(calls()).toBe(1);
    given.abort();
    await expect(retried).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  });

  it('does not repeat a permanent failure', async () => {
    const { operation, options, calls } = scripted([
      new ConditionalCheckFailedException({ message: '', $metadata: {} }),
    ]);
    await expect(withRetry(operation, options)).rejects.toBeInstanceOf(ConditionalCheckFailedException);
    expect(calls()).toBe(1);
  });

  it('starts nothing once its signal is aborted', async () => {
    const { operation, options, calls } = scripted([]);
    await expect(
      withRetry(operation, { ...options, signal: AbortSignal.abort(new RangeError('stop')) }),
    ).rejects.toBeInstanceOf(RangeError);
    expect(calls()).toBe(0);
  });
});

describe('a retry on conflict', () => {
  it('runs the operation again for as long as other writers win', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const failure = () => new OptimisticLockError('Another write was at the same item');
    const { operation, calls } = scripted([failure(), failure()]);
    expect(await retryOnConflict(operation)).toBe('done');
    expect(calls()).toBe(3);
    vi.restoreAllMocks();
  });

  it('does not repeat a failure that may have written something', async () => {
    const { operation, calls } = scripted([conflict()]);
    await expect(retryOnConflict(operation)).rejects.toBeInstanceOf(TransactionConflictException);
    expect(calls()).toBe(1);
  });
});

describe('a cancelled transaction', () => {
  const cancelled = (...codes: string[]) =>
    new TransactionCanceledException({
      message: '',
      $metadata: {},
      CancellationReasons: codes.map((Code) => ({ Code })),
    });

  it.each([
    ['condition', ['None', 'ConditionalCheckFailed']],
    ['conflict', ['ConditionalCheckFailed', 'TransactionConflict']],
    ['throttled', ['None', 'ThrottlingError']],
    ['validation', ['ValidationError', 'None']],
    ['fatal', []],
  ] as const)('is a %s by its reasons %j', (kind, codes) => {
    expect(awsErrorKind(cancelled(...codes))).toBe(kind);
  });
});
