import { expect, it } from 'vitest';
import { countOrdersAtOnce } from '../bench/scale/run-in-workers.ts';

const REQUESTS = 240;

it('a user with 240 orders at once gets as many as the limits allow, also where their transactions conflict', async () => {
  const measured = await countOrdersAtOnce({ requests: REQUESTS, openOrdersMax: 30, writesPerMinute: 60 });
  console.log(`${REQUESTS} orders at once: ${measured.conflicts} conflicts`);
  expect(measured.conflicts).toBeGreaterThan(0);
  expect(measured).toMatchObject({
    placed: 30,
    refused: { 'too-many-open-orders': 30, 'too-many-writes': REQUESTS - 60 },
  });
});

it('a user has no more open orders than the limit, even where nothing limits the writes', async () => {
  const { placed } = await countOrdersAtOnce({ requests: REQUESTS, openOrdersMax: 30, writesPerMinute: 0 });
  expect(placed).toBeLessThanOrEqual(30);
});
