import { describe, expect, it } from 'vitest';
import { addressOf, documentOf } from '../../../pipelines/search/documents.ts';
import { hashEmail } from '../../builders/email-hash.ts';
import {
  accountItem,
  heartbeatItem,
  ledgerEntryItem,
  orderItem,
  orderLine,
  productItem,
  reservationItem,
  userItem,
} from '../../builders/values/items.ts';
import { maximalOrder, maximalProduct, maximalUser } from '../../builders/values/maximal-items.ts';

describe('the document of an item', () => {
  it('of an order is under its id and version in the orders', () => {
    const order = orderItem();

    expect(documentOf(order, hashEmail)).toMatchObject({
      index: 'orders',
      id: order.orderId,
      version: order.version,
    });
  });

  it('of a product is under its sku in the products', () => {
    expect(documentOf(productItem({ sku: 'SKU-7' }), hashEmail)).toMatchObject({
      index: 'products',
      id: 'SKU-7',
    });
  });

  it('of a user is under its id in the users', () => {
    expect(documentOf(userItem({ userId: 'u-7' }), hashEmail)).toMatchObject({ index: 'users', id: 'u-7' });
  });

  it('of a user holds no e-mail address', () => {
    const user = userItem({ email: 'private@example.com' });

    const { source } = documentOf(user, hashEmail) ?? {};
    expect(JSON.stringify(source)).not.toContain('private');
    expect(source).toMatchObject({ emailHash: hashEmail('private@example.com') });
  });

  it('counts the pieces of all lines', () => {
    const order = orderItem({ lines: [orderLine({ quantity: 2 }), orderLine({ quantity: 3 })] });

    expect(documentOf(order, hashEmail)?.source).toMatchObject({ units: 5 });
  });

  it('leaves out an attribute that it does not name', () => {
    const order = { ...orderItem(), secret: 'x', shipTo: { ...orderItem().shipTo, secret: 'x' } };

    expect(JSON.stringify(documentOf(order, hashEmail))).not.toContain('secret');
  });

  it.each([
    ['an order', maximalOrder()],
    ['a product', maximalProduct()],
    ['a user', maximalUser()],
  ])('of %s has every text in one Unicode form', (_, item) => {
    // A vowel and its accent apart, which are one character in the form that is compared.
    const accented = (_name: string, value: unknown) =>
      typeof value === 'string' ? value.replaceAll(/[aeiou](?= |$)/g, '$&\u0301') : value;
    const decomposed = JSON.parse(JSON.stringify(item, accented)) as typeof item;
    const texts = JSON.stringify(documentOf(decomposed, hashEmail));
    expect(texts).toMatch(/[áéíóú]/);
    expect(texts).not.toContain('\u0301');
  });

  it('holds neither keys nor index keys of the table', () => {
    const fields = Object.keys(documentOf(maximalOrder(), hashEmail)?.source ?? {});

    expect(fields).toContain('orderId');
    expect(fields).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(pk|sk|GSI1.K|LSI1SK|ttl)$/)]),
    );
  });

  it.each([
    ['an account', accountItem()],
    ['a ledger entry', ledgerEntryItem()],
    ['a reservation', reservationItem()],
    ['a heartbeat', heartbeatItem()],
  ])('is none for %s', (_, item) => {
    expect(documentOf(item, hashEmail)).toBeUndefined();
    expect(addressOf(item)).toBeUndefined();
  });

  it.each([
    ['order', orderItem()],
    ['product', productItem()],
    ['user', userItem()],
  ])('is where the address of the %s says', (_, item) => {
    expect(documentOf(item, hashEmail)).toMatchObject(addressOf(item) ?? {});
    expect(addressOf(item)).toBeDefined();
  });
});
