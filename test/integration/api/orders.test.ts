import { ulid } from 'ulid';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OrderItem } from '../../../contracts/entities/order.ts';
import { OrderStatus } from '../../../contracts/order-status.ts';
import { orderItem, reservationItem } from '../../builders/values/items.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { orderIn, problemIn, startWriteApi, type WriteApi } from './write-api.ts';

let api: WriteApi;
let path: { userId: string; orderId: string };
beforeAll(async () => {
  api = await startWriteApi();
});
beforeEach(() => {
  path = { userId: 'u-1', orderId: ulid() };
});

async function givenOrder(status: OrderStatus = 'placed'): Promise<OrderItem> {
  const order = orderItem({ ...path, status });
  await api.put(order);
  return order;
}

const givenReservation = (state: 'RESERVED' | 'REJECTED' | 'RELEASED') =>
  api.put(reservationItem({ ...path, state }));

describe('GET /users/{userId}/orders/{orderId}', () => {
  it('answers 200 with the order, without its keys', async () => {
    const order = await givenOrder();
    const answer = await api.getOrder({ path });
    expect(answer.status).toBe(200);
    expect(order).toMatchObject(orderIn(answer));
    expect(orderIn(answer)).not.toHaveProperty('pk');
  });

  it('forbids anything on the way to keep the answer', async () => {
    await givenOrder();
    expect((await api.getOrder({ path })).headers['cache-control']).toBe('no-store');
  });

  it('answers 404 when the user has no such order', async () => {
    expect(problemIn(await api.getOrder({ path }))).toMatchObject({ status: 404, code: 'not-found' });
  });

  it('answers 400 naming each path parameter that is malformed', async () => {
    const problem = problemIn(await api.getOrder({ path: { userId: '#', orderId: '1' } }));
    expect(problem.errors?.map((error) => [error.in, error.field])).toEqual([
      ['path', 'userId'],
      ['path', 'orderId'],
    ]);
  });

  it('answers 409 to the owner without any detail of an item that breaks its contract, and logs which field', async () => {
    await api.put({ ...(await givenOrder()), total: -1 });
    const problem = problemIn(await api.getOrder({ path, caller: { sub: path.userId } }));
    expect(problem).toMatchObject({ status: 409, code: 'malformed-order' });
    expect(problem.errors).toBeUndefined();
    expect(problem.detail).toBe(
      'The order cannot be shown or changed now. Name the requestId when you report it.',
    );
    expect(JSON.stringify(api.logger.error.mock.lastCall)).toContain('"path":"total"');
  });

  it.each(['orders:write', 'ops:read'])(
    'names to %s the fields of an item that break its contract, and what to do',
    async (scope) => {
      await api.put({ ...(await givenOrder()), total: -1 });
      const problem = problemIn(await api.getOrder({ path, caller: { sub: 'staff', scope } }));
      expect(problem).toMatchObject({ status: 409, code: 'malformed-order' });
      expect(problem.errors?.map((error) => [error.in, error.field])).toContainEqual(['item', 'total']);
      expect(problem.detail).toContain('dlq fix');
    },
  );
});

describe('PATCH /users/{userId}/orders/{orderId}', () => {
  const change = (status: string) => api.changeOrderStatus({ path, body: { status } });

  it('moves the order on, with its version, its time and its index key', async () => {
    const order = await givenOrder('confirmed');
    const answer = await change('shipped');
    expect(answer.status).toBe(200);
    expect(orderIn(answer)).toMatchObject({ status: 'shipped', version: order.version + 1 });
    const stored = OrderItem.parse(await api.read(order));
    const GSI1PK = order.GSI1PK.replace('confirmed', 'shipped');
    expect(stored).toMatchObject({ ...orderIn(answer), GSI1PK });
    expect(stored.updatedAt > order.updatedAt).toBe(true);
  });

  it('answers 200 and writes nothing when the order has the status already', async () => {
    const order = await givenOrder('shipped');
    const answer = await change('shipped');
    expect(answer.status).toBe(200);
    expect(orderIn(answer).version).toBe(order.version);
    expect(await api.read(order)).toEqual(order);
  });

  it('answers 409 saying from what to what when the order cannot become that', async () => {
    await givenOrder('delivered');
    const problem = problemIn(await change('cancelled'));
    expect(problem).toMatchObject({ status: 409, code: 'illegal-transition' });
    expect(problem.detail).toMatch(/delivered.*cancelled/);
  });

  it('confirms an order whose stock is reserved', async () => {
    await givenOrder();
    await givenReservation('RESERVED');
    expect(orderIn(await change('confirmed')).status).toBe('confirmed');
  });

  it('answers 409 with a time to come back while the stock is not reserved yet', async () => {
    const order = await givenOrder();
    const answer = await change('confirmed');
    expect(problemIn(answer)).toMatchObject({ status: 409, code: 'stock-not-reserved' });
    expect(answer.headers['retry-after']).toBe('1');
    expect(await api.read(order)).toEqual(order);
  });

  it.each(['REJECTED', 'RELEASED'] as const)(
    'does not confirm an order whose reservation is %s',
    async (state) => {
      await givenOrder();
      await givenReservation(state);
      expect(problemIn(await change('confirmed'))).toMatchObject({ status: 409, code: 'stock-not-reserved' });
    },
  );

  it('lets exactly one of two contradicting changes happen', async () => {
    const order = await givenOrder('confirmed');
    const answers = await Promise.all([change('shipped'), change('cancelled')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await api.read(order)).toHaveProperty('version', order.version + 1);
  });

  it('writes once when one change is asked for ten times at once', async () => {
    const order = await givenOrder('confirmed');
    const answers = await Promise.all(Array.from({ length: 10 }, () => change('shipped')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await api.read(order)).toHaveProperty('version', order.version + 1);
  });

  it('answers 404 when there is no such order', async () => {
    expect(problemIn(await change('cancelled')).status).toBe(404);
  });

  it.each(['placed', 'rejected', 'lost'])(
    'answers 400 for the status %s, which no caller may set',
    async (status) => {
      await givenOrder();
      expect(problemIn(await change(status))).toMatchObject({ status: 400, errors: [{ field: '/status' }] });
    },
  );
});

describe('an order that gets its last status', () => {
  const SECONDS_PER_DAY = 86_400;
  let keeping: WriteApi;
  beforeAll(async () => {
    keeping = await startWriteApi(localDynamoDb(), { orderRetentionDays: 30 });
  });
  const changed = async (from: OrderStatus, to: OrderStatus): Promise<OrderItem> => {
    const order = orderItem({ ...path, status: from });
    await keeping.put(order);
    await keeping.changeOrderStatus({ path, body: { status: to } });
    return OrderItem.parse(await keeping.read(order));
  };

  it.each([
    ['shipped', 'delivered'],
    ['placed', 'cancelled'],
  ] as const)('expires as many days later as orders are kept: %s, %s', async (from, to) => {
    const { ttl = 0, updatedAt } = await changed(from, to);
    expect(ttl - Math.ceil(Date.parse(updatedAt) / 1_000)).toBe(30 * SECONDS_PER_DAY);
  });

  it('does not expire before it has it', async () => {
    expect(await changed('confirmed', 'shipped')).not.toHaveProperty('ttl');
  });

  it('does not expire where orders are kept for ever', async () => {
    const order = await givenOrder('shipped');
    await api.changeOrderStatus({ path, body: { status: 'delivered' } });
    expect(await api.read(order)).not.toHaveProperty('ttl');
  });
});

describe('DELETE /users/{userId}/orders/{orderId}', () => {
  const OWNER = { sub: 'u-1' };
  const ADMIN = { sub: 'staff', scope: 'orders:write' };
  const OPERATOR = { sub: 'operator', scope: 'ops:read ops:write' };
  const ACCOUNTANT = { sub: 'accountant', scope: 'accounts:write' };
  const statusFor = (status: OrderStatus, caller: object): number => {
    if (caller !== ADMIN) return 403;
    return ['placed', 'cancelled', 'rejected'].includes(status) ? 200 : 409;
  };

  it.each(
    OrderStatus.options.flatMap((status) =>
      [OWNER, ADMIN, OPERATOR, ACCOUNTANT].map((caller) => ({
        status,
        caller,
        answer: statusFor(status, caller),
      })),
    ),
  )('of an order that is $status by $caller.sub answers $answer, and keeps what is refused', async (row) => {
    const order = await givenOrder(row.status);
    const answer = await api.deleteOrder({ path, caller: row.caller });
    expect(answer.status).toBe(row.answer);
    expect(await api.read(order)).toEqual(row.answer === 200 ? undefined : order);
    if (row.answer === 200) expect(order).toMatchObject(orderIn(answer));
    if (row.answer === 409) expect(problemIn(answer).code).toBe('order-confirmed');
  });

  it('answers 404 when there is no such order', async () => {
    expect(problemIn(await api.deleteOrder({ path })).status).toBe(404);
  });

  it('answers 404 to all but one of several deletions at once', async () => {
    await givenOrder();
    const answers = await Promise.all(Array.from({ length: 4 }, () => api.deleteOrder({ path })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404]);
  });
});
