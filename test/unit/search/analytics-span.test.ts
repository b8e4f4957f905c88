import { describe, expect, it } from 'vitest';
import { SearchAnalyticsQuery } from '../../../contracts/api/search.ts';
import { InvalidRequestError } from '../../../pipelines/request-errors.ts';
import { analyticsSpan } from '../../../pipelines/search/query/search-analytics.ts';

const NOW = new Date('2026-11-25T23:59:59.999Z');
const spanOf = (query: { from?: string; to?: string }) =>
  analyticsSpan(SearchAnalyticsQuery.parse(query), NOW);

describe('the span of an analysis', () => {
  it.each([
    ['the last 30 days, today among them', {}, { from: '2026-10-27', to: '2026-11-25' }],
    ['the 30 days before its end', { to: '2026-03-01' }, { from: '2026-01-31', to: '2026-03-01' }],
    ['as far as today', { from: '2026-11-20' }, { from: '2026-11-20', to: '2026-11-25' }],
    ['one day', { from: '2026-03-01', to: '2026-03-01' }, { from: '2026-03-01', to: '2026-03-01' }],
    ['a leap year', { from: '2024-01-01', to: '2024-12-31' }, { from: '2024-01-01', to: '2024-12-31' }],
    ['the last days there are', { to: '9999-12-31' }, { from: '9999-12-02', to: '9999-12-31' }],
    ['the first days there are', { to: '1970-01-01' }, { from: '1969-12-03', to: '1970-01-01' }],
  ])('is %s', (_, query, span) => {
    expect(spanOf(query)).toEqual(span);
  });

  it.each([
    ['ends before it starts', { from: '2026-03-02', to: '2026-03-01' }],
    ['starts tomorrow and does not say when it ends', { from: '2026-11-26' }],
    ['is longer than 366 days', { from: '2025-01-01', to: '2026-01-02' }],
  ])('is refused when it %s', (_, query) => {
    expect(() => spanOf(query)).toThrow(InvalidRequestError);
  });
});
