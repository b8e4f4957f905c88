import { beforeEach, describe, expect, it } from 'vitest';
import { ImportTakenOverError } from '../../../pipelines/imports/errors.ts';
import { ImportStore, progressKey } from '../../../pipelines/imports/import-store.ts';
import { conditionalBucket } from '../../builders/imports/conditional-bucket.ts';
import { begunImport } from '../../builders/imports/import-progress.ts';

const PLACE = { bucket: 'imports', key: 'imports/orders.csv' };
const progressAfter = (rows: number) => ({ ...begunImport(), rows });

let bucket: ReturnType<typeof conditionalBucket>;
const newStore = () => new ImportStore(bucket.client(), PLACE);
beforeEach(() => {
  bucket = conditionalBucket();
});

describe('the progress of an import', () => {
  it('does not exist before it is written', async () => {
    expect(await newStore().readProgress()).toBeUndefined();
  });

  it('is written again and again by the one that has written it', async () => {
    const store = newStore();
    await store.readProgress();
    await store.writeProgress(progressAfter(1));
    await store.writeProgress(progressAfter(2));
    expect(await newStore().readProgress()).toEqual(progressAfter(2));
  });

  it('is taken over by the one that has read it, and the other one fails', async () => {
    const [first, second] = [newStore(), newStore()];
    await first.readProgress();
    await first.writeProgress(progressAfter(1));
    await second.readProgress();
    await second.writeProgress(progressAfter(2));
    await expect(first.writeProgress(progressAfter(3))).rejects.toThrow(ImportTakenOverError);
    expect(await newStore().readProgress()).toEqual(progressAfter(2));
  });

  it('is begun by one of two that find none', async () => {
    const [first, second] = [newStore(), newStore()];
    await Promise.all([first.readProgress(), second.readProgress()]);
    await first.writeProgress(progressAfter(1));
    await expect(second.writeProgress(progressAfter(2))).rejects.toThrow(ImportTakenOverError);
  });

  it('is recognized as its own when the response to a write was lost', async () => {
    const store = new ImportStore(bucket.client({ lostResponses: 1 }), PLACE);
    await store.readProgress();
    await store.writeProgress(progressAfter(1));
    await store.writeProgress(progressAfter(2));
    expect(await newStore().readProgress()).toEqual(progressAfter(2));
  });

  it('that something else has written is none, and is overwritten', async () => {
    const store = newStore();
    bucket.objects.set(progressKey(PLACE.key), { text: 'not JSON', etag: '"other"' });
    expect(await store.readProgress()).toBeUndefined();
    await store.writeProgress(progressAfter(1));
    expect(await newStore().readProgress()).toEqual(progressAfter(1));
  });
});
