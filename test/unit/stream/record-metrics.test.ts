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

it('leaves out a heartbeat too that breaks its contract', () => {
  const { dynamodb, ...record } = insertOf(heartbeatItem());
  const { entityType: _, ...NewImage } = dynamodb?.NewImage ?? {};
  const records = [delivered({ ...record, dynamodb: { ...dynamodb, NewImage } })];
  expect(countRecords('search-index', records, [{ status: 'failed', error: undefined }])).toEqual([]);
});

it('counts what names no item as of the event that it names', () => {
  const outcomes = [{ status: 'failed' as const, error: undefined }];
  expect(countRecords('search-index', [delivered({ eventName: 'MODIFY' })], outcomes)).toEqual([
    { consumer: 'search-index', eventType: 'MODIFY', handled: 0, retried: 1, deadLettered: 0 },
  ]);
});
