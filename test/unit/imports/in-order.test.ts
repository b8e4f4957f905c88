import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inOrder } from '../../../pipelines/imports/import-run.ts';
import { allOf } from '../../builders/imports/imports.ts';

const limits = { concurrencyMax: 3, heldMax: 5 };

async function* numbers(count: number, onRead: (place: number) => void = () => undefined) {
  for (let place = 0; place < count; place += 1) {
    onRead(place);
    yield place;
  }
}

it('gives results in the order of their items, whichever is done first', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.nat(20), async (scheduler, count) => {
      const work = scheduler.scheduleFunction(async (place: number) => place);
      const all = allOf(inOrder(numbers(count), work, limits));
      await scheduler.waitFor(all);
      expect(await all).toEqual([...Array(count).keys()]);
    }),
  );
});

it('works on no more items at once, and reads no further, than its limits', async () => {
  let working = 0;
  let workingMost = 0;
  let read = 0;
  let heldMost = 0;
  let given = 0;
  const work = async (place: number): Promise<number> => {
    working += 1;
    workingMost = Math.max(workingMost, working);
    await new Promise(setImmediate);
    working -= 1;
    return place;
  };
  const onRead = (): void => {
    read += 1;
    heldMost = Math.max(heldMost, read - given);
  };
  for await (const _ of inOrder(numbers(100, onRead), work, limits)) given += 1;
  expect([workingMost, heldMost, given]).toEqual([3, 5, 100]);
});

it('throws the error of an item in its order, starts no other, and waits for those that run', async () => {
  const begun: number[] = [];
  let ended = 0;
  const work = async (place: number): Promise<number> => {
    begun.push(place);
    await new Promise(setImmediate);
    ended += 1;
    if (place === 1) throw new RangeError('refused');
    return place;
  };
  const given: number[] = [];
  const all = async (): Promise<void> => {
    for await (const result of inOrder(numbers(100), work, limits)) given.push(result);
  };
  await expect(all()).rejects.toThrow(RangeError);
  expect(given).toEqual([0]);
  expect(begun.length).toBeLessThanOrEqual(limits.heldMax + 1);
  expect(ended).toBe(begun.length);
});
