import type { Version } from '../../contracts/ids.ts';
import { type OrderItem, orderUnits } from '../../contracts/items/order.ts';
import type { ProductItem } from '../../contracts/items/product.ts';
import type { TableItem } from '../../contracts/items/table-item.ts';
import type { UserItem } from '../../contracts/items/user.ts';
import type { ParsedKey } from '../../contracts/parsed-key.ts';
import type { OrderDocument, ProductDocument, UserDocument } from '../../contracts/search/documents.ts';
import type { IndexName } from './index-names.ts';

/** Where the document of an item is. */
export interface DocumentAddress {
  readonly index: IndexName;
  readonly id: string;
}

/** What the index holds of one item, and from which version of it. */
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

/** The document that `item` is searched by; `undefined` for an item that is not searched. */
export function documentOf(item: TableItem): SearchDocument | undefined {
  const { version } = item;
  switch (item.entityType) {
    case 'Order':
      return { index: 'orders', id: item.orderId, version, source: orderDocument(item) };
    case 'Product':
      return { index: 'products', id: item.sku, version, source: productDocument(item) };
    case 'User':
      return { index: 'users', id: item.userId, version, source: userDocument(item) };
    default:
      return undefined;
  }
}

// Each field is named, and nothing spread, for an item may hold more than its contract.
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
      name,
      category,
      quantity,
      amount,
    })),
    shipTo: {
      name: order.shipTo.name,
      city: order.shipTo.city,
      state: order.shipTo.state,
      postalCode: order.shipTo.postalCode,
      region: order.shipTo.region,
      country: order.shipTo.country,
    },
    sourceId: order.sourceId,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
    version: order.version,
  };
}

function productDocument(product: ProductItem): ProductDocument {
  return {
    sku: product.sku,
    name: product.name,
    category: product.category,
    subCategory: product.subCategory,
    unitPrice: product.unitPrice,
    currency: product.currency,
    stock: product.stock,
    reserved: product.reserved,
    createdAt: product.createdAt,
    updatedAt: product.updatedAt,
    version: product.version,
  };
}

function userDocument(user: UserItem): UserDocument {
  return {
    userId: user.userId,
    name: user.name,
    segment: user.segment,
    createdAt: user.createdAt,
    updatedAt: user.updatedAt,
    version: user.version,
  };
}
