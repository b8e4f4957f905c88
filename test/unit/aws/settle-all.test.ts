import { describe, expect, it } from 'vitest';
import { settleAll } from '../../../pipelines/aws/settle-all.ts';
import { SinkRefusedError, TransientError } from '../../../pipelines/errors.ts';

const refused = new SinkRefusedError('no such field');
const away = new TransientError('sink is away');
const fails = async (error: Error): Promise<void> => Promise.reject(error);

describe('waiting for several tasks', () => {
  it('ends well when all did', async () => {
    await expect(settleAll([Promise.resolve(), Promise.resolve()])).resolves.toBeUndefined();
  });

  it('waits until the last one has ended, also when the first one failed', async () => {
    let hasEnded = false;
    const last = async (): Promise<void> => {
      await new Promise(setImmediate);
      hasEnded = true;
    };
    await expect(settleAll([fails(away), last()])).rejects.toBe(away);
    expect(hasEnded).toBe(true);
  });

  it('throws a failure that may pass before a permanent one, so that the record is tried again', async () => {
    await expect(settleAll([fails(refused), fails(away)])).rejects.toBe(away);
  });

  it('throws a permanent failure when there is no other', async () => {
    await expect(settleAll([Promise.resolve(), fails(refused)])).rejects.toBe(refused);
  });
});
