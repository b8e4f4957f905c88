import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import specifications from '@asyncapi/specs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { NotificationType } from '../../../contracts/events/order-notification.ts';
import { asyncApiDocument } from '../../../infra/contract-tooling/asyncapi.ts';
import { exampleOf } from '../../../infra/contract-tooling/event-examples.ts';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { addFormats, faultsBy, messageOf } from '../../builders/values/event-validation.ts';

const kept = readFileSync(join(PROJECT_ROOT, 'contracts', 'asyncapi.json'), 'utf8');
const Message = z.object({ name: z.string(), examples: z.tuple([z.record(z.string(), z.unknown())]) });
const document = z
  .looseObject({ components: z.looseObject({ messages: z.record(z.string(), Message) }) })
  .parse(JSON.parse(kept));
const messages = Object.values(document.components.messages);

describe('contracts/asyncapi.json', () => {
  it('is what the contracts say', async () => {
    expect(kept, 'It is stale: `npm run asyncapi` writes it again.').toBe(await asyncApiDocument());
  });

  it("is valid by AsyncAPI's own schema", () => {
    const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
    const validate = ajv.compile(z.looseObject({}).parse(specifications.schemasWithoutId['3.0.0']));
    validate(document);
    expect(validate.errors).toBeNull();
  });

  it('describes each event type once', () => {
    expect(messages.map(({ name }) => name)).toEqual(NotificationType.options);
  });

  it.each(NotificationType.options)('gives the example of %s, which its schemas take', (type) => {
    const [example] = messages.find(({ name }) => name === type)?.examples ?? [];
    const { headers, payload } = messageOf(kept, type);
    expect(example?.['payload']).toEqual(exampleOf(type));
    expect(faultsBy(payload)(example?.['payload'])).toEqual([]);
    expect(faultsBy(headers)(example?.['headers'])).toEqual([]);
  });

  it('refers only to what it holds', () => {
    const references = [...kept.matchAll(/"\$ref": "#\/([^"]+)"/g)].map(([, pointer = '']) => pointer);
    const missing = references.filter((pointer) => valueAt(document, pointer.split('/')) === undefined);
    expect(references).not.toEqual([]);
    expect(missing).toEqual([]);
  });
});

const valueAt = (value: unknown, [name, ...rest]: readonly string[]): unknown =>
  name === undefined ? value : valueAt(z.looseObject({}).safeParse(value).data?.[name], rest);
