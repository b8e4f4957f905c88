import * as z from 'zod';
import type { UserId } from './ids.ts';

// Items of the idempotency table, apart from the table so that they do not enter the stream. Their ids have a prefix, and those of idempotency keys have none.

/** What a user has of a thing that is limited: the ids of open orders, or of accounts. */
export const CountedIds = z.object({ id: z.string(), ids: z.array(z.string()) });
export type CountedIds = z.infer<typeof CountedIds>;

/** The key of the orders that a user has placed and that were open when they were last looked at. */
export const openOrdersKey = (userId: UserId) => ({ id: `OPEN_ORDERS#${userId}` });
/** The key of the accounts that a user has opened. */
export const accountsKey = (userId: UserId) => ({ id: `ACCOUNTS#${userId}` });

/** A user's writes: the time at which their bucket is full again, in epoch milliseconds. */
export const WriteRate = z.object({ fullAtMs: z.int() });
/** The key of a user's writes. */
export const writeRateKey = (userId: UserId) => ({ id: `WRITES#${userId}` });
