import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FunctionRuntime } from '../../../infra/local/lambda/function-worker.ts';
import { RequestTooLargeError } from '../../../infra/local/lambda/invocation-result.ts';
import { type FunctionCapacity, LocalFunction } from '../../../infra/local/lambda/local-function.ts';
import { eventually } from '../../builders/waiting.ts';

const runtime: FunctionRuntime = {
  modulePath: fileURLToPath(new URL('functions/specimen.mjs', import.meta.url)),
  exportName: 'handler',
  functionName: 'specimen',
  functionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:specimen',
  memoryMb: 64,
  timeoutMs: 20_000,
  environment: { GREETING: 'hello' },
  log: () => undefined,
};
const started: LocalFunction[] = [];
function localFunction(overrides: Partial<FunctionRuntime & FunctionCapacity> = {}): LocalFunction {
  const { concurrencyMax = 1, waitingMax = 10, ...rest } = overrides;
  const one = new LocalFunction({ ...runtime, ...rest }, { concurrencyMax, waitingMax });
  started.push(one);
  return one;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.restart()));
});

describe('a function', () => {
  it('gets the event and responds', async () => {
    const event = { behaviour: 'echo', nested: [1, { a: null }] };
    expect(await localFunction().invoke(event)).toEqual({
      outcome: 'success',
      payload: { event, invocations: 1 },
    });
  });

  it('whose module loads slowly has the time of the function for that too', async () => {
    const modulePath = fileURLToPath(new URL('functions/slow.mjs', import.meta.url));
    const slow = { modulePath, initTimeoutMs: 1 };
    expect(await localFunction(slow).invoke({})).toEqual({ outcome: 'success', payload: 'loaded' });
    expect(await localFunction({ ...slow, timeoutMs: 1 }).invoke({})).toMatchObject({
      outcome: 'function-error',
      payload: { errorMessage: 'The module took longer than 0.002 s to load' },
    });
  });

  it('keeps its module between invocations', async () => {
    const one = localFunction();
    await one.invoke({ behaviour: 'echo' });
    expect(await one.invoke({ behaviour: 'echo' })).toMatchObject({ payload: { invocations: 2 } });
  });

  it("gets Lambda's context", async () => {
    expect(await localFunction().invoke({ behaviour: 'context' })).toMatchObject({
      payload: {
        awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        invokedFunctionArn: runtime.functionArn,
        memoryLimitInMB: '64',
        remainingMs: expect.toSatisfy((ms: number) => ms > 0 && ms <= runtime.timeoutMs),
      },
    });
  });

  it("sees the template's environment and nothing of this process's", async () => {
    expect(await localFunction().invoke({ behaviour: 'environment' })).toEqual({
      outcome: 'success',
      payload: { GREETING: 'hello' },
    });
  });

  it('responds null when it returns nothing', async () => {
    expect(await localFunction().invoke({ behaviour: 'nothing' })).toEqual({
      outcome: 'success',
      payload: null,
    });
  });

  it('fails with the error that it throws', async () => {
    expect(await localFunction().invoke({ behaviour: 'throw' })).toMatchObject({
      outcome: 'function-error',
      errorType: 'RangeError',
      payload: { errorMessage: 'out of range' },
    });
  });

  it.each(['hang', 'spin'])('is ended when it takes too long (%s)', async (behaviour) => {
    expect(await localFunction({ timeoutMs: 300 }).invoke({ behaviour })).toMatchObject({
      outcome: 'function-error',
      errorType: 'Sandbox.Timedout',
      payload: { errorMessage: expect.stringContaining('Task timed out after 0.30 seconds') },
    });
  });

  it.each([
    ['an exception outside of the handler', 'crash', 'TypeError'],
    ['an exit', 'exit', 'Runtime.ExitError'],
    ['more memory than it has', 'fill-memory', 'Runtime.OutOfMemory'],
  ])(
    'fails after %s, and the next invocation starts from the beginning',
    async (_name, behaviour, errorType) => {
      const one = localFunction();
      expect(await one.invoke({ behaviour })).toMatchObject({ outcome: 'function-error', errorType });
      expect(await one.invoke({ behaviour: 'echo' })).toMatchObject({
        outcome: 'success',
        payload: { invocations: 1 },
      });
    },
  );

  it('fails when its module has no such export', async () => {
    const result = await localFunction({ exportName: 'missing' }).invoke({});
    expect(result.outcome).toBe('function-error');
  });

  it('fails when its response is larger than 6 MB', async () => {
    expect(await localFunction().invoke({ behaviour: 'large' })).toMatchObject({
      errorType: 'Function.ResponseSizeTooLarge',
    });
  });

  it('is not called with an event larger than 6 MB', async () => {
    const invoking = localFunction().invoke({ text: 'x'.repeat(7 * 1024 * 1024) });
    await expect(invoking).rejects.toBeInstanceOf(RequestTooLargeError);
  });

  it('hands on what it prints', async () => {
    const log = vi.fn();
    await localFunction({ log }).invoke({ behaviour: 'print' });
    await eventually(() => expect(log).toHaveBeenCalledWith('printed'));
  });

  it('makes callers wait when all workers are busy, and throttles those for whom there is no room', async () => {
    const one = localFunction({ waitingMax: 1 });
    const results = await Promise.all([1, 2, 3].map(() => one.invoke({ behaviour: 'echo' })));
    expect(results.map(({ outcome }) => outcome)).toEqual(['success', 'success', 'throttled']);
  });

  it('does not start for a caller who gave up while it waited, and leaves the place to the next one', async () => {
    const log = vi.fn();
    const one = localFunction({ log, concurrencyMax: 1, waitingMax: 2 });
    const hanging = one.invoke({ behaviour: 'hang' });
    await eventually(() => expect(log).toHaveBeenCalledWith('hanging'));
    const givingUp = new AbortController();
    const givenUp = one.invoke({ behaviour: 'print' }, givingUp.signal);
    const next = one.invoke({ behaviour: 'echo' }, new AbortController().signal);
    givingUp.abort();
    expect(await givenUp).toEqual({ outcome: 'throttled' });
    await one.restart();
    expect(await hanging).toMatchObject({ outcome: 'function-error' });
    expect(await next).toMatchObject({ outcome: 'success' });
    expect(log).not.toHaveBeenCalledWith('printed');
  });

  it('whose worker cannot be created fails, and leaves its place to the next invocation', async () => {
    const environment: Record<string, string> = { NODE_OPTIONS: '--no-such-option' };
    const one = localFunction({ environment, waitingMax: 0 });
    await expect(one.invoke({ behaviour: 'echo' })).rejects.toThrow('--no-such-option');
    expect(one.isInvoking).toBe(false);
    delete environment['NODE_OPTIONS'];
    expect(await one.invoke({ behaviour: 'echo' })).toMatchObject({ outcome: 'success' });
  });

  it('runs as many invocations at once as it may', async () => {
    const one = localFunction({ concurrencyMax: 2 });
    const results = await Promise.all([1, 2].map(() => one.invoke({ behaviour: 'echo' })));
    expect(results).toMatchObject([{ payload: { invocations: 1 } }, { payload: { invocations: 1 } }]);
  });

  it('ends a running invocation as a function error when it is restarted', async () => {
    const log = vi.fn();
    const one = localFunction({ log });
    const hanging = one.invoke({ behaviour: 'hang' });
    await eventually(() => expect(log).toHaveBeenCalledWith('hanging'));
    await one.restart();
    expect(await hanging).toMatchObject({ outcome: 'function-error', errorType: 'Runtime.ExitError' });
    expect(await one.invoke({ behaviour: 'echo' })).toMatchObject({ payload: { invocations: 1 } });
  });

  it('starts no worker after it is stopped, for an invocation that waits or for a later one', async () => {
    const log = vi.fn();
    const one = localFunction({ log, concurrencyMax: 1, waitingMax: 2 });
    const hanging = one.invoke({ behaviour: 'hang' });
    await eventually(() => expect(log).toHaveBeenCalledWith('hanging'));
    const waiting = [1, 2].map(() => one.invoke({ behaviour: 'echo' }));
    await one.stop();
    expect(await hanging).toMatchObject({ outcome: 'function-error' });
    const later = await Promise.all([...waiting, one.invoke({ behaviour: 'echo' })]);
    expect(later).toEqual([1, 2, 3].map(() => ({ outcome: 'throttled' })));
  });
});
