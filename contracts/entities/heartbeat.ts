import * as z from 'zod';
import { HeartbeatId } from '../ids.ts';
import { checkKey, type Entity, entityKey, type ItemKey, itemAttributes } from './entity.ts';

const key = entityKey('Heartbeat', 'HEARTBEAT#{heartbeatId}', 'BEAT', { heartbeatId: HeartbeatId });
export const heartbeatKey = (heartbeatId: HeartbeatId): ItemKey => key.of({ heartbeatId });

/** How often each heartbeat is written, in milliseconds: the rate of the function's schedule. */
export const HEARTBEAT_PERIOD_MS = 60_000;

/**
 * An item that is written every minute only to be measured at the other end of the stream: `HEARTBEAT#0` to
 * `HEARTBEAT#15` / `BEAT`. `updatedAt` is the time of the heartbeat.
 */
export const HeartbeatItem = z
  .object({ ...itemAttributes, entityType: z.literal('Heartbeat'), heartbeatId: HeartbeatId })
  .superRefine((heartbeat, ctx) => checkKey(heartbeat, heartbeatKey(heartbeat.heartbeatId), ctx));
export type HeartbeatItem = z.infer<typeof HeartbeatItem>;

export const heartbeatEntity = {
  key,
  item: HeartbeatItem,
  writtenBy: ['heartbeat'],
  readBy: ['search-index'],
} as const satisfies Entity;
