import type { BreakingChange, BreakingKind } from './breaking-change.ts';
import type { EventContract, EventMessage } from './event-contract.ts';
import { loosenings } from './loosened-schema.ts';

/**
 * Every way in which the events of `after` may not be what a subscriber of `before` expects. None where each event of `after`
 * is valid by `before`, or of a type that `before` does not know and its subscribers ignore.
 */
export function breakingChanges(before: EventContract, after: EventContract): readonly BreakingChange[] {
  return Object.entries(before.channels).flatMap(([id, channel]) => {
    const now = after.channels[id];
    if (now === undefined) return [found('removed-channel', id, 'is gone')];
    return [
      ...(now.address === channel.address ? [] : [found('moved-channel', id, 'has another address')]),
      ...[...channel.messages.values()].flatMap((message) => {
        const where = `${id} ${message.name}`;
        const later = now.messages.get(message.name);
        return later === undefined
          ? [found('removed-message', where, 'is gone')]
          : messageChanges(
              { contentType: before.defaultContentType, ...message },
              { contentType: after.defaultContentType, ...later },
              where,
            );
      }),
    ];
  });
}

const messageChanges = (
  before: EventMessage,
  after: EventMessage,
  where: string,
): readonly BreakingChange[] => [
  ...(before.contentType === after.contentType
    ? []
    : [found('changed-content-type', where, 'has another content type')]),
  ...loosenings(before.headers, after.headers, `${where} headers`),
  ...loosenings(before.payload, after.payload, `${where} payload`),
];

const found = (kind: BreakingKind, where: string, message: string): BreakingChange => ({
  kind,
  where,
  message,
});
