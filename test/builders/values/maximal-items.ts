import type { OrderItem } from '../../../contracts/entities/order.ts';
import type { ProductItem } from '../../../contracts/entities/product.ts';
import type { UserItem } from '../../../contracts/entities/user.ts';
import { orderItem, orderLine, productItem, userItem } from './items.ts';

const ttl = 2_000_000_000;

/** An order with every attribute that the contract knows. */
export const maximalOrder = (): OrderItem =>
  orderItem({
    lines: [
      orderLine({ sku: 'FUR-BO-10001798', name: 'Bush Somerset Collection Bookcase', category: 'Furniture' }),
      orderLine({
        sku: 'OFF-LA-10000240',
        name: 'Self-Adhesive Address Labels',
        category: 'Office Supplies',
      }),
    ],
    shipTo: {
      name: 'Claire Example',
      city: 'Los Angeles',
      state: 'California',
      postalCode: '90036',
      region: 'West',
      country: 'United States',
    },
    sourceId: 'CA-2016-152156',
    ttl,
  });

/** A product with every attribute that the contract knows. */
export const maximalProduct = (): ProductItem =>
  productItem({ name: 'Oak bookcase', category: 'Furniture', subCategory: 'Bookcases', ttl });

/** A user with every attribute that the contract knows. */
export const maximalUser = (): UserItem => userItem({ segment: 'Consumer', ttl });
