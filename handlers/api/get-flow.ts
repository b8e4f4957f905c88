import { Logger } from '@aws-lambda-powertools/logger';
import { systemClock } from '../../pipelines/clock.ts';
import { type ReadFlowDeps, readFlow } from '../../pipelines/throughput/read-throughput.ts';
import { cloudWatch } from '../clients.ts';
import { environment } from '../environment.ts';
import { opsOnly } from '../http/access.ts';
import { type ApiHandler, type ApiLogger, apiHandler } from '../http/api-handler.ts';
import { functionHandler } from '../http/function-handler.ts';
import { ok } from '../http/responses.ts';

/** `GET /ops/flow`: 200, 400. */
export const getFlowHandler = (deps: ReadFlowDeps & { readonly logger: ApiLogger }): ApiHandler =>
  apiHandler(deps.logger, opsOnly, async () => ok(await readFlow(deps)));

export const handler = functionHandler(() => {
  const env = environment(
    'ORDER_EVENTS_FUNCTION_NAME',
    'SEARCH_INDEX_FUNCTION_NAME',
    'POWERTOOLS_SERVICE_NAME',
  );
  return getFlowHandler({
    cloudWatch: cloudWatch(),
    service: env.POWERTOOLS_SERVICE_NAME,
    functions: {
      'order-events': env.ORDER_EVENTS_FUNCTION_NAME,
      'search-index': env.SEARCH_INDEX_FUNCTION_NAME,
    },
    clock: systemClock,
    logger: new Logger(),
  });
});
