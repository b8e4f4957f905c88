import type { StreamConsumer } from '../core/stream-consumer.ts';
import type { SearchIndex } from '../search/search-index.ts';

/** A whole batch at once, so that it travels in one `_bulk` request. */
const ITEMS_AT_ONCE_MAX = 1_000;

/** The consumer that keeps the search index where the table is. */
export function searchIndexConsumer(index: Pick<SearchIndex, 'handle'>): StreamConsumer {
  return {
    name: 'search-index',
    delivery: 'newest-change',
    concurrencyMax: ITEMS_AT_ONCE_MAX,
    handle: (change, signal) => index.handle(change, signal),
  };
}
