import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { operationsByResource } from '../../../contracts/api/operations.ts';
import { EventSchema, orderOperations } from '../../../contracts/api/orders.ts';
import { Problem } from '../../../contracts/api/problem.ts';
import { NotificationType, schemaNameOf } from '../../../contracts/events/order-notification.ts';
import { resource } from '../../../handlers/http/resource.ts';
import { exampleOf } from '../../../infra/contract-tooling/event-examples.ts';
import { eventSchemas } from '../../../infra/contract-tooling/event-schemas.ts';
import { eventSchema } from '../../../pipelines/order-events/notification/event-schema.ts';
import { apiEvent } from '../../builders/api-event.ts';
import { addFormats } from '../../builders/values/event-validation.ts';

type SchemaOperation = Extract<(typeof orderOperations)[number], { readonly id: 'getEventSchema' }>;
const isSchemaOperation = (one: (typeof orderOperations)[number]): one is SchemaOperation =>
  one.id === 'getEventSchema';
const operation = orderOperations.find(isSchemaOperation) ?? expect.fail();
const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
const handler = resource({ logger, scopePrefix: '' }, [operation], {
  getEventSchema: async ({ path }) => eventSchema(path.name),
});

/** What a request without a token gets. */
async function get(name: string) {
  const event = apiEvent({ routeKey: 'GET /schemas/{name}', path: { name } });
  const { authorizer: _, ...requestContext } = event.requestContext;
  const {
    statusCode,
    headers,
    body = '',
  } = await handler({ ...event, requestContext }, { awsRequestId: 'request-1' });
  return { statusCode, headers, body: JSON.parse(body) };
}

describe('the schema of an event', () => {
  it.each(NotificationType.options)('%s is served to anyone, for caches to keep', async (type) => {
    const { statusCode, headers, body } = await get(schemaNameOf(type));
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({ 'cache-control': 'public, max-age=3600' });
    expect(body).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', title: type });
  });

  it.each(NotificationType.options)('%s takes its example, and no event of another type', async (type) => {
    const { body } = await get(schemaNameOf(type));
    const validate = addFormats(new Ajv2020({ allErrors: true })).compile(EventSchema.parse(body));
    expect(NotificationType.options.filter((one) => validate(exampleOf(one)))).toEqual([type]);
  });

  it.each(['order.placed.2.json', 'order.placed', '..', 'constructor'])('is not at %s', async (name) => {
    const { statusCode, body } = await get(name);
    expect([statusCode, Problem.parse(body).code]).toEqual([404, 'not-found']);
  });

  it('is what the contracts say', async () => {
    const served = await Promise.all(NotificationType.options.map((type) => get(schemaNameOf(type))));
    const stale = 'contracts/events/schemas.json is stale: `npm run asyncapi` writes it again.';
    expect(
      served.map(({ body }) => body),
      stale,
    ).toEqual(Object.values(await eventSchemas()));
  });
});

it('is, beside the one click that ends mails, all that the API serves without a token', () => {
  const open = z
    .array(z.object({ id: z.string(), access: z.string() }))
    .parse(Object.values(operationsByResource).flat());
  expect(open.filter(({ access }) => access === 'public').map(({ id }) => id)).toEqual([
    'unsubscribe',
    'getEventSchema',
  ]);
});
