import * as z from 'zod';
import { HeartbeatId } from '../ids.ts';
import { checkKey, itemAttributes } from './item.ts';
import { heartbeatKey } from './keys.ts';

/** How often each heartbeat is written, in milliseconds: the rate of the function's schedule. */
export const HEARTBEAT_PERIOD_MS = 60_000;

/**
 * An item that is written again and again for nothing but to be seen at the other end of the stream: `HEARTBEAT#0` to
 * `HEARTBEAT#15` / `BEAT`. `updatedAt` is the beat.
 */
export const HeartbeatItem = z
  .object({ ...itemAttributes, entityType: z.literal('Heartbeat'), heartbeatId: HeartbeatId })
  .superRefine((heartbeat, ctx) => checkKey(heartbeat, heartbeatKey(heartbeat.heartbeatId), ctx));
export type HeartbeatItem = z.infer<typeof HeartbeatItem>;
