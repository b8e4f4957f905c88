import { expect, it } from 'vitest';
import { measureColdStart } from '../../bench/cold-start.ts';

it('each function of the API starts and responds beside its plain handler, whatever it writes to its log', async () => {
  const starts = await measureColdStart(1, 0);
  const responded = starts.map(({ logicalId, answered }) => [logicalId, answered !== undefined]);
  expect(Object.fromEntries(responded)).toEqual({
    UsersFunction: true,
    OrdersFunction: true,
    ProductsFunction: true,
    AccountsFunction: true,
    SearchFunction: true,
    OperatorsFunction: true,
  });
});
