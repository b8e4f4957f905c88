import { productOperations } from '../../contracts/api/products.ts';
import { type ProductsDeps, productsApi } from '../../pipelines/api/products.ts';
import { systemClock } from '../../pipelines/clock.ts';
import { functionHandler } from '../http/function-handler.ts';
import { type ApiHandler, resource } from '../http/resource.ts';
import { pageTokens } from '../page-tokens.ts';
import { type WriteDeps, writeDeps } from './dependencies.ts';

export const productsHandler = (deps: ProductsDeps & WriteDeps): ApiHandler =>
  resource(deps, productOperations, productsApi(deps));

export const handler = functionHandler(() =>
  productsHandler({ ...writeDeps(), pageTokens: pageTokens(systemClock) }),
);
