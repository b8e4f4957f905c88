import { ulid } from 'ulid';
import { orderOperations } from '../../contracts/api/orders.ts';
import { OrderId } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { type OrdersDeps, ordersApi } from '../../pipelines/api/orders.ts';
import { systemClock } from '../../pipelines/clock.ts';
import { createOrderSettings } from '../../pipelines/orders/create-order.ts';
import { orderRetention } from '../../pipelines/orders/retention.ts';
import { settings } from '../environment.ts';
import { functionHandler } from '../http/function-handler.ts';
import { type ApiHandler, resource } from '../http/resource.ts';
import { pageTokens } from '../page-tokens.ts';
import { type OwnerWriteDeps, ownerWriteDeps } from './dependencies.ts';

export const ordersHandler = (deps: OrdersDeps & OwnerWriteDeps): ApiHandler =>
  resource(deps, orderOperations, ordersApi(deps));

export const handler = functionHandler(() =>
  ordersHandler({
    ...ownerWriteDeps(),
    ...settings({ ...createOrderSettings, ...orderRetention }),
    pageTokens: pageTokens(systemClock),
    newOrderId: (placedAt) => parse(OrderId, ulid(placedAt.getTime())),
  }),
);
