import type { ParsedKey, TableItem } from '../../contracts/entities/entities.ts';
import { type OrderItem, orderUnits } from '../../contracts/entities/order.ts';
import type { ProductItem } from '../../contracts/entities/product.ts';
import type { UserItem } from '../../contracts/entities/user.ts';
import type { Version } from '../../contracts/ids.ts';
import type { OrderDocument, ProductDocument, UserDocument } from '../../contracts/search/documents.ts';
import { COMPARED_FORM } from '../../contracts/text.ts';
import type { EmailHash } from './email-hash.ts';
import type { IndexName } from './index-names.ts';

/** Where the document of an item is. */
export interface DocumentAddress {
  readonly index: IndexName;
  readonly id: string;
}

/** The document of one item, and the version of the item that it is made from. */
export type SearchDocument = DocumentAddress & {
  readonly version: Version;
  readonly source: OrderDocument | ProductDocument | UserDocument;
};

/** Where the document of `item` is; `undefined` for an item that is not searched. */
export function addressOf(item: TableItem): DocumentAddress | undefined {
  switch (item.entityType) {
    case 'Order':
      return { index: 'orders', id: item.orderId };
    case 'Product':
      return { index: 'products', id: item.sku };
    case 'User':
      return { index: 'users', id: item.userId };
    default:
      return undefined;
  }
}

/** Where the document of the item is that a key names; `undefined` for an item that is not searched. */
export function addressOfKey(key: ParsedKey): DocumentAddress | undefined {
  switch (key.entityType) {
    case 'Order':
      return { index: 'orders', id: key.orderId };
    case 'Product':
      return { index: 'products', id: key.sku };
    case 'User':
      return { index: 'users', id: key.userId };
    default:
      return undefined;
  }
}

/**
 * The document that `item` is searched by; `undefined` for an item that is not searched. It follows from the item and the key of
 * `hashEmail` alone.
 */
export function documentOf(item: TableItem, hashEmail: EmailHash): SearchDocument | undefined {
  const { version } = item;
  switch (item.entityType) {
    case 'Order':
      return { index: 'orders', id: item.orderId, version, source: orderDocument(item) };
    case 'Product':
      return { index: 'products', id: item.sku, version, source: productDocument(item) };
    case 'User':
      return { index: 'users', id: item.userId, version, source: userDocument(item, hashEmail) };
    default:
      return undefined;
  }
}

/** The text in the form in which texts are compared; a query's text has the same form. */
function comparable(text: string): string;
function comparable(text: string | undefined): string | undefined;
function comparable(text: string | undefined): string | undefined {
  return text?.normalize(COMPARED_FORM);
}

// Each field is named, and nothing is spread, since an item may hold more than its contract.
function orderDocument(order: OrderItem): OrderDocument {
  return {
    orderId: order.orderId,
    userId: order.userId,
    status: order.status,
    total: order.total,
    currency: order.currency,
    units: orderUnits(order.lines),
    lines: order.lines.map(({ sku, name, category, quantity, amount }) => ({
      sku,
      name: comparable(name),
      category: comparable(category),
      quantity,
      amount,
    })),
    shipTo: {
      name: comparable(order.shipTo.name),
      city: comparable(order.shipTo.city),
      state: comparable(order.shipTo.state),
      postalCode: comparable(order.shipTo.postalCode),
      region: comparable(order.shipTo.region),
      country: comparable(order.shipTo.country),
    },
    sourceId: comparable(order.sourceId),
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
    version: order.version,
  };
}

/** A product's document. */
export function productDocument(product: ProductItem): ProductDocument {
  return {
    sku: product.sku,
    name: comparable(product.name),
    category: comparable(product.category),
    subCategory: comparable(product.subCategory),
    unitPrice: product.unitPrice,
    currency: product.currency,
    inStock: product.stock > 0,
    createdAt: product.createdAt,
  };
}

function userDocument(user: UserItem, hashEmail: EmailHash): UserDocument {
  return {
    userId: user.userId,
    name: comparable(user.name),
    segment: comparable(user.segment),
    emailHash: hashEmail(user.email),
    createdAt: user.createdAt,
    updatedAt: user.updatedAt,
    version: user.version,
  };
}
