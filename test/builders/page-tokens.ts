import { type Clock, systemClock } from '../../pipelines/core/clock.ts';
import { PageTokens } from '../../pipelines/paging/page-tokens.ts';
import { SIGNING_KEY_BYTES_MIN, SigningKey } from '../../pipelines/paging/signing-key.ts';

const KEY = SigningKey.parse('k'.repeat(SIGNING_KEY_BYTES_MIN));

/** Page tokens under a key that tests share. */
export const pageTokens = (clock: Pick<Clock, 'now'> = systemClock): PageTokens =>
  new PageTokens({ keys: async () => [KEY], clock });
