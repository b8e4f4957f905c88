import { type Clock, systemClock } from '../../pipelines/clock.ts';
import { PageTokens, SIGNING_KEY_BYTES_MIN, SigningKey } from '../../pipelines/paging/page-tokens.ts';

const KEY = SigningKey.parse('k'.repeat(SIGNING_KEY_BYTES_MIN));

/** Page tokens under a key that tests share. */
export const pageTokens = (clock: Pick<Clock, 'now'> = systemClock): PageTokens =>
  new PageTokens({ keys: async () => [KEY], clock });
