import type { OrderNotification } from '../../contracts/events/order-notification.ts';
import { minorUnitDigits } from '../../contracts/money.ts';
import type { OrderStatus } from '../../contracts/order-status.ts';

/** A mail's text: the subject, and the body in two formats. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const NEWS: Readonly<Record<OrderStatus, string>> = {
  placed: 'has been placed',
  confirmed: 'is confirmed',
  shipped: 'is on its way',
  delivered: 'has been delivered',
  cancelled: 'has been cancelled',
  rejected: 'cannot be served from our stock',
};

/** The link is in the mail's headers, where mail programs offer it: a link in the text would be followed by a GET, and by scanners. */
const WHY =
  'You get this mail because you verified this address. To end these mails, choose "Unsubscribe" in your mail program.';

const HTML_ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Writes the mail about an order to its user. A pure function: the same event makes the same mail. Its words are fixed. Nothing in it is text
 * that a user enters, the user's name included: a mail of the shop must not carry a stranger's message.
 */
export function orderMail({ data }: OrderNotification): MailText {
  const { orderId, status, lines, total, currency, placedAt } = data;
  const subject = `Your order ${orderId} ${NEWS[status]}`;
  const news = `Your order ${orderId} of ${placedAt.slice(0, 'yyyy-mm-dd'.length)} ${NEWS[status]}.`;
  const rows = [
    ...lines.map(({ sku, quantity, amount }) => [`${quantity} x ${sku}`, money(amount, currency)] as const),
    ['Total', money(total, currency)] as const,
  ];
  return {
    subject,
    text: `${news}\n\n${rows.map(([what, price]) => `${what}: ${price}\n`).join('')}\n${WHY}\n`,
    html: `<p>${escapeHtml(news)}</p>
<table>
${rows.map(([what, price]) => `<tr><td>${escapeHtml(what)}</td><td>${escapeHtml(price)}</td></tr>`).join('\n')}
</table>
<p>${escapeHtml(WHY)}</p>
`,
  };
}

const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => HTML_ENTITIES[character] ?? '');

function money(minorUnits: number, currency: string): string {
  const digits = minorUnitDigits(currency);
  return new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
    currencyDisplay: 'code',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(minorUnits / 10 ** digits);
}
