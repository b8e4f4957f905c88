import { afterEach, expect, it, vi } from 'vitest';
import { eventMetrics, recordMetrics } from '../../../handlers/stream/dependencies.ts';
import { notificationOfFix, notificationOfStatus } from '../../builders/notifications.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

it('are one line of embedded metric format for each consumer and event type, and nothing else', () => {
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'stack-1');
  const lines: unknown[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(JSON.parse(String(line))) > 0);
  const consumer = 'search-index';
  recordMetrics().publish([
    { consumer, eventType: 'INSERT', handled: 5, retried: 0, deadLettered: 1 },
    { consumer, eventType: 'REMOVE', handled: 0, retried: 2, deadLettered: 0 },
  ]);
  const metrics = [
    { Name: 'RecordsHandled', Unit: 'Count' },
    { Name: 'RecordsRetried', Unit: 'Count' },
    { Name: 'RecordsDeadLettered', Unit: 'Count' },
  ];
  const Dimensions = [['service', 'consumer', 'eventType']];
  const _aws = {
    Timestamp: expect.any(Number),
    CloudWatchMetrics: [{ Namespace: 'order-stream', Dimensions, Metrics: metrics }],
  };
  const common = { _aws, service: 'stack-1', consumer };
  expect(lines).toEqual([
    { ...common, eventType: 'INSERT', RecordsHandled: 5, RecordsRetried: 0, RecordsDeadLettered: 1 },
    { ...common, eventType: 'REMOVE', RecordsHandled: 0, RecordsRetried: 2, RecordsDeadLettered: 0 },
  ]);
});

it('of published events, and of the orders placed among them, are one line for an invocation that has published some', () => {
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'stack-1');
  const lines: unknown[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(JSON.parse(String(line))) > 0);
  const events = eventMetrics();
  events.accepted([notificationOfFix('placed'), notificationOfStatus('confirmed')]);
  events.accepted([notificationOfStatus('cancelled')]);
  events.publish();
  events.publish();
  expect(lines).toEqual([
    expect.objectContaining({ service: 'stack-1', EventsPublished: 3, OrdersPlaced: 1 }),
  ]);
});
