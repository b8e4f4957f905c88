import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { decodeTime } from 'ulid';
import { beforeAll, describe, expect, it } from 'vitest';
import { erasedShipTo, OrderItem, orderKey } from '../../../contracts/entities/order.ts';
import { ImportedOrder } from '../../../contracts/imports/imported-order.ts';
import { parseJson } from '../../../contracts/reading.ts';
import { importedOrderId, importOrder } from '../../../pipelines/orders/import-order.ts';
import { orderLine, reservationItem } from '../../builders/values/items.ts';
import { newId, startWriteApi, type WriteApi } from './write-api.ts';

const aSource = (overrides: object = {}) =>
  ImportedOrder.parse({
    sourceId: 'CA-2014-115812',
    userId: newId('user'),
    placedAt: '2014-06-09T12:00:00.000Z',
    lines: [orderLine({ amount: 4_886 }), orderLine({ amount: 728 })],
    currency: 'USD',
    shipTo: { name: 'Ada Example', city: 'Los Angeles', country: 'United States' },
    ...overrides,
  });

describe('importing an order', () => {
  let api: WriteApi;
  beforeAll(async () => {
    api = await startWriteApi();
  });

  it('writes it with its own prices and date', async () => {
    const source = aSource();
    expect(await importOrder(api.deps, source)).toBe('written');
    const [item] = await api.ordersOf(source.userId);
    const order = OrderItem.parse(item);
    expect(order).toMatchObject({ total: 5_614, createdAt: source.placedAt, sourceId: source.sourceId });
    expect(decodeTime(order.orderId)).toBe(Date.parse(source.placedAt));
  });

  it('takes the version from the clock and not from the date of the order', async () => {
    const source = aSource();
    const beforeMicros = Date.now() * 1_000;
    await importOrder(api.deps, source);
    const [item] = await api.ordersOf(source.userId);
    expect(OrderItem.parse(item).version).toBeGreaterThanOrEqual(beforeMicros);
  });

  it('writes nothing the second time', async () => {
    const source = aSource();
    await importOrder(api.deps, source);
    const before = await api.ordersOf(source.userId);
    expect(await importOrder(api.deps, source)).toBe('already-there');
    expect(await api.ordersOf(source.userId)).toEqual(before);
  });

  it('recognises an order whose stock is reserved, and writes none while a removed one holds stock', async () => {
    const source = aSource();
    await importOrder(api.deps, source);
    const [item] = await api.ordersOf(source.userId);
    const order = OrderItem.parse(item);
    await api.put(reservationItem({ orderId: order.orderId, userId: source.userId }));
    expect(await importOrder(api.deps, source)).toBe('already-there');
    expect(await importOrder(api.deps, { ...source, lines: source.lines.slice(1) })).toBe('differs');
    const { dynamoDb, tableName } = api.deps;
    const Key = { pk: { S: order.pk }, sk: { S: order.sk } };
    await dynamoDb.send(new DeleteItemCommand({ TableName: tableName, Key }));
    expect(await importOrder(api.deps, source)).toBe('still-reserved');
    expect(await api.ordersOf(source.userId)).toEqual([]);
  });

  it('leaves an order alone that is there with other content, and tells', async () => {
    const source = aSource();
    await importOrder(api.deps, source);
    const before = await api.ordersOf(source.userId);
    const other = { ...source, lines: source.lines.slice(1) };
    expect(await importOrder(api.deps, other)).toBe('differs');
    expect(await api.ordersOf(source.userId)).toEqual(before);
  });

  it('differs from an item in its place that breaks its contract, such as by a number that JavaScript cannot hold', async () => {
    const source = aSource();
    const orderId = importedOrderId(source.userId, source.sourceId, source.placedAt);
    const { pk, sk } = orderKey(source.userId, orderId);
    const Item = { pk: { S: pk }, sk: { S: sk }, total: { N: '12345678901234567890.5' } };
    await api.deps.dynamoDb.send(new PutItemCommand({ TableName: api.deps.tableName, Item }));
    await expect(importOrder(api.deps, source)).resolves.toBe('differs');
  });

  it('is not another one for a zero with a sign', async () => {
    const source = aSource({ lines: [orderLine({ amount: 0 }), orderLine({ amount: 728 })] });
    const signed = parseJson(ImportedOrder, JSON.stringify(source).replace('"amount":0', '"amount":-0'));
    await importOrder(api.deps, signed);
    expect(await importOrder(api.deps, signed)).toBe('already-there');
    expect(await importOrder(api.deps, source)).toBe('already-there');
  });

  it('recognises an order that has moved on since', async () => {
    const source = aSource();
    await importOrder(api.deps, source);
    const [item = {}] = await api.ordersOf(source.userId);
    await api.put({ ...item, status: 'cancelled' });
    expect(await importOrder(api.deps, source)).toBe('already-there');
  });

  it('recognises an order whose address was erased, and neither changes it nor takes other lines for it', async () => {
    const source = aSource();
    await importOrder(api.deps, source);
    const [item = {}] = await api.ordersOf(source.userId);
    const erased = { ...item, shipTo: erasedShipTo(source.shipTo) };
    await api.put(erased);
    expect(await importOrder(api.deps, source)).toBe('already-there');
    expect(await importOrder(api.deps, { ...source, lines: source.lines.slice(1) })).toBe('differs');
    expect(await api.ordersOf(source.userId)).toEqual([erased]);
  });

  it('keeps two orders of one date apart', async () => {
    const source = aSource();
    await importOrder(api.deps, source);
    expect(await importOrder(api.deps, { ...source, sourceId: 'CA-2014-115813' })).toBe('written');
  });
});
