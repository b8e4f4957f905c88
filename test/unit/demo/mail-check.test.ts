import { expect, it } from 'vitest';
import { mailCheck } from '../../../infra/demo/reconcile.ts';
import { notificationOfStatus } from '../../builders/notifications.ts';

const event = notificationOfStatus('confirmed');
const { id } = event;
const differences = async (names: readonly string[], mayMailTwice?: boolean) =>
  (await mailCheck({ names: async () => names }, { events: [event], mayMailTwice })).differences;

it('one mail of an event is right', async () => {
  expect(await differences([id])).toEqual([]);
});

it('no mail of an event is a difference, also where there may be two', async () => {
  expect(await differences([], true)).toMatchObject([{ id, detail: 'did not come' }]);
});

it('a second mail of an event is a difference', async () => {
  expect(await differences([id, `${id}~2`])).toMatchObject([{ id: `${id}~2` }]);
});

it('a second mail of an event is none where a function could end while it sent the mail, and a third is', async () => {
  expect(await differences([id, `${id}~2`], true)).toEqual([]);
  expect(await differences([id, `${id}~2`, `${id}~3`], true)).toMatchObject([{ id: `${id}~3` }]);
});
