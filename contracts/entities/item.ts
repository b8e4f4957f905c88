import * as z from 'zod';
import { Instant, Version } from '../ids.ts';
import type { ItemKey } from './keys.ts';

/** The attributes that every item bears. */
export const itemAttributes = {
  pk: z.string(),
  sk: z.string(),
  createdAt: Instant,
  updatedAt: Instant,
  version: Version,
  /** When the item expires, in epoch seconds. See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html. */
  ttl: z.int().positive().optional(),
};

/** Adds an issue for `pk` and `sk` where they are not the key that the item's own attributes spell. */
export function checkKey(item: ItemKey, expected: ItemKey, ctx: z.RefinementCtx): void {
  checkDerived('pk', item.pk, expected.pk, ctx);
  checkDerived('sk', item.sk, expected.sk, ctx);
}

/** Adds an issue where a derived attribute, such as an index key, is not what the item's attributes spell. */
export function checkDerived(
  name: string,
  actual: string | number,
  expected: string | number,
  ctx: z.RefinementCtx,
): void {
  if (actual !== expected)
    ctx.addIssue({ code: 'custom', path: [name], message: 'does not match the attributes of the item' });
}
