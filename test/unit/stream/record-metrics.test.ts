import { expect, it } from 'vitest';
import { delivered } from '../../../pipelines/stream/delivered-record.ts';
import { countRecords } from '../../../pipelines/stream/record-metrics.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { heartbeatItem, orderItem } from '../../builders/values/items.ts';

it('leaves heartbeats out of the counts of a batch', () => {
  const records = [insertOf(heartbeatItem()), insertOf(orderItem())].map(delivered);
  const outcomes = records.map(() => ({ status: 'handled' as const }));
  expect(countRecords('search-index', records, outcomes)).toEqual([
    { consumer: 'search-index', eventType: 'INSERT', handled: 1, retried: 0, deadLettered: 0 },
  ]);
});
