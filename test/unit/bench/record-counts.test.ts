import { expect, it } from 'vitest';
import { mappingLog } from '../../../infra/local/system/system-log.ts';
import { RecordCounts } from '../../faults/record-counts.ts';

it('counts what consumers report and what was in a batch that was cut, and no other line', () => {
  const counts = new RecordCounts();
  counts.log('SearchIndexFunction', JSON.stringify({ RecordsHandled: 5, RecordsRetried: 2 }));
  mappingLog(counts.log, 'OrderEventsMapping').warn('The function failed', { shardId: 'one', records: 40 });
  counts.log('openSearch', 'RecordsRetried is no metric here');
  mappingLog(counts.log, 'OrderEventsMapping').warn('A shard could not be read', { records: 7 });
  expect(counts.retried).toBe(42);
});
