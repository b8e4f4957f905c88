import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { type OrderFigures, SearchAnalyticsResult } from '../../contracts/api/search.ts';
import type { TableItem } from '../../contracts/entities/entities.ts';
import type { OrderNotification } from '../../contracts/events/order-notification.ts';
import { PUBLISHERS, PublisherName } from '../../contracts/events/publishers.ts';
import type { Day } from '../../contracts/ids.ts';
import { MAILED_TYPES } from '../../contracts/order-mails/mail-entry.ts';
import { parse, read } from '../../contracts/reading.ts';
import { countersOf, recount } from '../../pipelines/order-events/analytics/recount.ts';
import { analyticsCounters } from '../../pipelines/reconciliation/analytics-counters.ts';
import { compareStats } from '../../pipelines/reconciliation/check-stats.ts';
import { compareStock } from '../../pipelines/reconciliation/check-stock.ts';
import { compareIndex } from '../../pipelines/reconciliation/compare-index.ts';
import { compareSets, type Difference } from '../../pipelines/reconciliation/findings.ts';
import { type DocumentState, documentState, readIndex } from '../../pipelines/reconciliation/read-index.ts';
import { readTable } from '../../pipelines/reconciliation/read-table.ts';
import { addressOf } from '../../pipelines/search/documents.ts';
import { INDEX_NAMES, type IndexName } from '../../pipelines/search/index-names.ts';
import { type MailFolder, repeatMark } from '../local/mail/mail-folder.ts';
import type { LocalSystem } from '../local/system/local-system.ts';
import { Api } from './api.ts';
import { type ParsedDeadLetter, parsedDeadLetters } from './dead-letters.ts';
import type { MalformedItem } from './malformed-items.ts';

/** The figures of some days, from the API. A request covers at most a year, so there is one request for each year. */
async function readAnalytics(
  system: Pick<LocalSystem, 'apiUrl' | 'token'>,
  days: readonly Day[],
): Promise<readonly SearchAnalyticsResult[]> {
  const api = await Api.of(system);
  const years = new Set(days.map((day) => day.slice(0, 'yyyy'.length)));
  return Promise.all(
    [...years].map(async (year) => {
      const span = `from=${year}-01-01&to=${year}-12-31`;
      return parse(SearchAnalyticsResult, await api.repeat('GET', `/search/analytics?${span}&by=day`));
    }),
  );
}

const SEGMENTS = 4;
const DEAD_LETTER_QUEUES = ['OrderEventsDeadLetters', 'SearchIndexDeadLetters'];

/** The expected results of the demo. */
export interface Expected {
  /** Of each publisher. */
  readonly events: readonly OrderNotification[];
  readonly malformed: readonly MalformedItem[];
  /** Whether an event may have two mails, because a function ended between SES's acceptance and its own note: ADR 0043. */
  readonly mayMailTwice?: boolean | undefined;
}

/** One comparison of two parts of the system. */
export interface Check {
  readonly name: string;
  /** What was compared, in figures. */
  readonly figures: string;
  readonly differences: readonly Difference[];
}

/** Compares all parts of the system with each other, after all processing has ended. */
export async function reconcile(
  system: Pick<LocalSystem, 'clients' | 'names' | 'mails' | 'apiUrl' | 'token'>,
  expected: Expected,
  notificationIds: ReadonlySet<string>,
): Promise<readonly Check[]> {
  const { clients, names, mails } = system;
  const { items } = await readTable(clients.dynamoDb, names['Table'] ?? '', SEGMENTS);
  const of = <Type extends TableItem['entityType']>(type: Type) =>
    items.filter((item): item is Extract<TableItem, { entityType: Type }> => item.entityType === type);
  const [orders, products, reservations, stats] = [
    of('Order'),
    of('Product'),
    of('Reservation'),
    of('DailyStats'),
  ];
  const indices = await Promise.all(
    INDEX_NAMES.map(async (name) => {
      const table = documentStates(items, name);
      const index = await readIndex(clients.openSearch, name);
      return {
        name: `${name} in the table = documents in the index`,
        figures: `${table.size} items, ${index.size} documents`,
        differences: compareIndex(`${name} index`, table, index),
      };
    }),
  );
  // After the indices: their read has refreshed them.
  const analytics = await readAnalytics(
    system,
    stats.map(({ day }) => day),
  );
  return [
    ...indices,
    {
      name: 'for every SKU: stock + reserved = received',
      figures: `${products.length} SKUs, ${reservations.filter(({ state }) => state === 'RESERVED').length} reservations held`,
      differences: compareStock(products, reservations),
    },
    {
      name: 'one notification for each expected event',
      figures: `${byPublisher(expected.events)} expected, ${notificationIds.size} received`,
      differences: compareSets('notifications', idsOf(expected.events), notificationIds),
    },
    await mailCheck(mails, expected),
    {
      name: 'stats = recount of the orders',
      figures: `${orders.length} orders, ${stats.length} days`,
      differences: compareStats(countersOf(stats), recount(orders)),
    },
    {
      name: 'GET /search/analytics by day = stats',
      figures: `${sumOf(analytics, ({ totals }) => ordersIn(totals))} orders`,
      differences: compareStats(analyticsCounters(analytics), countersOf(stats)),
    },
    ...(await Promise.all(
      DEAD_LETTER_QUEUES.map((queue) => deadLetterCheck({ clients, names }, queue, expected.malformed)),
    )),
  ];
}

const sumOf = <One>(all: readonly One[], of: (one: One) => number): number =>
  all.reduce((sum, one) => sum + of(one), 0);
const ordersIn = ({ byStatus }: OrderFigures): number => sumOf(byStatus, ({ orders }) => orders);

function documentStates(items: readonly TableItem[], index: IndexName): ReadonlyMap<string, DocumentState> {
  return new Map(
    items.flatMap((item) => {
      const address = addressOf(item);
      return address?.index === index ? [[address.id, documentState(item)] as const] : [];
    }),
  );
}

const idsOf = (events: Expected['events']): ReadonlySet<string> => new Set(events.map(({ id }) => id));

/** How many events each publisher has. */
const byPublisher = (events: Expected['events']): string =>
  PublisherName.options
    .map((name) => {
      const types: ReadonlySet<string> = new Set(PUBLISHERS[name].types);
      return `${events.filter(({ type }) => types.has(type)).length} of ${name}`;
    })
    .join(', ');

/** Compares the mails in the folder with the changes of status. A second mail of an event has a name of its own there. */
export async function mailCheck(
  mails: Pick<MailFolder, 'names'>,
  { events, mayMailTwice = false }: Pick<Expected, 'events' | 'mayMailTwice'>,
): Promise<Check> {
  const expected = idsOf(events.filter(({ type }) => MAILED_TYPES.has(type)));
  const names = await mails.names();
  const sent = new Set(mayMailTwice ? names.filter((name) => !name.endsWith(repeatMark(2))) : names);
  return {
    name: 'one mail for each change of status',
    figures: `${expected.size} expected, ${sent.size} sent`,
    differences: compareSets('mails', expected, sent),
  };
}

async function deadLetterCheck(
  { clients, names }: Pick<LocalSystem, 'clients' | 'names'>,
  queue: string,
  malformed: readonly MalformedItem[],
): Promise<Check> {
  const deadLetters = await parsedDeadLetters(clients.sqs, clients.s3, names[queue] ?? '');
  const expected = new Set(malformed.map(({ what }) => what));
  const received = new Set(
    deadLetters.map(
      (deadLetter) =>
        malformed.find(({ item }) => isComplete(deadLetter, item))?.what ??
        `event ${deadLetter.deadLetter.eventId}`,
    ),
  );
  return {
    name: `each malformed item complete on ${queue}`,
    figures: `${expected.size} malformed items, ${deadLetters.length} dead letters`,
    differences: compareSets(queue, expected, received),
  };
}

const WithNewImage = z.object({ dynamodb: z.object({ NewImage: z.record(z.string(), z.unknown()) }) });

function isComplete({ record }: ParsedDeadLetter, item: MalformedItem['item']): boolean {
  const parsed = read(WithNewImage, record);
  return parsed.success && isDeepStrictEqual(parsed.data.dynamodb.NewImage, JSON.parse(JSON.stringify(item)));
}

const DIFFERENCES_SHOWN_MAX = 20;

/** Prints each check with its differences. @returns whether everything reconciles. */
export function reportChecks(checks: readonly Check[]): boolean {
  for (const { name, figures, differences } of checks) {
    console.log(`${differences.length === 0 ? '  ok    ' : '  DIFFER'}  ${name} (${figures})`);
    for (const { id, detail } of differences.slice(0, DIFFERENCES_SHOWN_MAX))
      console.log(`            ${id} ${detail}`);
    if (differences.length > DIFFERENCES_SHOWN_MAX)
      console.log(`            and ${differences.length - DIFFERENCES_SHOWN_MAX} more`);
  }
  return checks.every(({ differences }) => differences.length === 0);
}
