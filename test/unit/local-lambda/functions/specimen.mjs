// Functions that behave as real ones can, for local-function.test.ts.
import { setTimeout as sleep } from 'node:timers/promises';

let invocations = 0;

export const handler = async (event, context) => {
  invocations += 1;
  switch (event.behaviour) {
    case 'echo':
      return { event, invocations };
    case 'context':
      return { ...context, remainingMs: context.getRemainingTimeInMillis() };
    case 'environment':
      return process.env;
    case 'throw':
      throw new RangeError('out of range');
    case 'hang':
      console.log('hanging');
      await sleep(60_000);
      return null;
    case 'spin':
      for (;;) Math.sqrt(invocations);
    case 'crash':
      setImmediate(() => {
        throw new TypeError('crashed');
      });
      return sleep(60_000);
    case 'exit':
      process.exit(3);
      break;
    case 'fill-memory': {
      const kept = [];
      for (;;) kept.push(new Array(100_000).fill(kept.length));
    }
    case 'large':
      return 'x'.repeat(7 * 1024 * 1024);
    case 'print':
      console.log('printed');
      return null;
    default:
      return undefined;
  }
};
