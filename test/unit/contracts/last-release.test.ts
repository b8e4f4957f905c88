import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrderNotification } from '../../../contracts/events/order-notification.ts';
import { asyncApiDocument, attributesOf } from '../../../infra/contract-tooling/asyncapi.ts';
import { breakingChanges } from '../../../infra/contract-tooling/breaking-changes.ts';
import { readContract } from '../../../infra/contract-tooling/event-contract.ts';
import { lastRelease } from '../../../infra/contract-tooling/releases.ts';
import { arbitraryOf } from '../../builders/values/arbitrary-of.ts';
import { faultsBy, messageOf } from '../../builders/values/event-validation.ts';

const today = await asyncApiDocument();
const released = lastRelease()?.text ?? '';

describe('the event contract, held against that of the last release', () => {
  it('breaks nothing that subscribers rely on', () => {
    expect(
      breakingChanges(readContract(released), readContract(today)),
      'Publish it as a new type beside the old one: docs/events.md, "Versions".',
    ).toEqual([]);
  });

  // A type that is new since the release breaks nothing.
  const types = Object.values(readContract(released).channels).flatMap(({ messages }) => [
    ...messages.keys(),
  ]);
  const events = OrderNotification.options.map((event) => [event.shape.type.value, event] as const);
  it.each(events.filter(([type]) => types.includes(type)))(
    'makes only events of the type %s that its schemas take, with their attributes',
    (type, schema) => {
      const message = messageOf(released, type);
      const [payload, headers] = [faultsBy(message.payload), faultsBy(message.headers)];
      fc.assert(
        fc.property(arbitraryOf(schema), (event) => {
          expect(payload(event)).toEqual([]);
          expect(headers(attributesOf(OrderNotification.parse(event)))).toEqual([]);
        }),
      );
    },
  );
});
