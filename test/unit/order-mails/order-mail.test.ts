import { describe, expect, it } from 'vitest';
import { orderMail } from '../../../pipelines/order-mails/order-mail.ts';
import { notificationOfStatus } from '../../builders/notifications.ts';

const lines = [
  { sku: 'SKU-1', quantity: 2, name: 'Chair', category: 'Furniture', amount: 2_500 },
  { sku: 'SKU-2', quantity: 1, name: 'Pen', category: 'Office', amount: 99 },
];

describe('the mail of an order', () => {
  it.each([
    ['confirmed', 'is confirmed'],
    ['shipped', 'is on its way'],
    ['delivered', 'has been delivered'],
    ['cancelled', 'has been cancelled'],
    ['rejected', 'cannot be served from our stock'],
  ] as const)('that is %s says that it %s', (status, words) => {
    const event = notificationOfStatus(status);
    const { subject, text, html } = orderMail(event);
    expect(subject).toBe(`Your order ${event.data.orderId} ${words}`);
    expect(text).toContain(words);
    expect(html).toContain(words);
  });

  it('lists what was ordered and the amounts in their currency', () => {
    const { text } = orderMail(notificationOfStatus('shipped', { lines }));
    expect(text.replaceAll('\u00a0', ' ')).toMatch(
      /2 x SKU-1: EUR 25\.00\n1 x SKU-2: EUR 0\.99\nTotal: EUR 25\.99\n\n/,
    );
  });

  it.each([
    ['JPY', '2,599'],
    ['HUF', '25.99'],
    ['IQD', '2.599'],
    ['KWD', '2.599'],
  ])('writes an amount by the minor unit that ISO 4217 gives %s', (currency, amount) => {
    const { text } = orderMail(notificationOfStatus('shipped', { lines, currency }));
    expect(text.replaceAll('\u00a0', ' ')).toContain(`Total: ${currency} ${amount}\n`);
  });

  it('has one text for all users, in both parts: no field of an event that a user enters is in it', () => {
    const event = notificationOfStatus('shipped', { lines, userId: 'www.evil.example' });
    const mail = JSON.stringify(orderMail(event));
    expect(mail).not.toContain('evil');
    expect(mail).not.toContain('Chair');
    expect(mail).not.toMatch(/https?:/);
  });
});
