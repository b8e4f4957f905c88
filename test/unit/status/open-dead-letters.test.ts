import { expect, it } from 'vitest';
import { Instant } from '../../../contracts/ids.ts';
import { SELECTED_MAX } from '../../../pipelines/dead-letters/list/dead-letter-selection.ts';
import { deadLetterIdOf } from '../../../pipelines/operations/dead-letter-entry.ts';
import { DeadLetterStore, type IndexQuery } from '../../../pipelines/operations/dead-letter-store.ts';
import { openCauses } from '../../../pipelines/status/open-dead-letters.ts';
import { OPERATIONS_TABLE, operationsTable } from '../../builders/model-table.ts';

const AT = Instant.parse('2026-03-01T12:00:00.000Z');

/** A list of open dead letters that never ends. */
async function endlessList(perPage: number, onPage: () => void = () => undefined) {
  const { dynamoDb } = operationsTable();
  const clock = { now: () => new Date(AT) };
  const store = new DeadLetterStore({ dynamoDb, operationsTableName: OPERATIONS_TABLE, clock });
  await store.add(
    {
      id: deadLetterIdOf('order-events', 'e-1'),
      ...{ consumer: 'order-events', kind: 'record', entity: 'Order', records: 1, attempts: 1 },
      reason: { code: 'contract-violation', message: 'wrong', issues: [] },
      firstSeenAt: AT,
      failedAt: AT,
    },
    'waiting',
  );
  const { items } = await store.openPage({ consumers: ['order-events'], limit: 1 });
  const openPage = async ({ limit }: IndexQuery) => {
    onPage();
    const page = Array.from({ length: Math.min(limit, perPage) }, () => items).flat();
    return { items: page, next: items[0] };
  };
  return { openPage };
}

it('a count of dead letters ends where it has counted so many, and says that there may be more', async () => {
  const { causes, isCutShort } = await openCauses(await endlessList(1_000), AT, new AbortController().signal);
  expect([causes.map(({ waiting }) => waiting), isCutShort]).toEqual([[SELECTED_MAX], true]);
});

it('a count of dead letters that takes too long keeps what it has counted, and says that there may be more', async () => {
  const enough = new AbortController();
  let pages = 0;
  const list = await endlessList(10, () => {
    pages += 1;
    if (pages === 3) enough.abort();
  });
  const { causes, isCutShort } = await openCauses(list, AT, enough.signal);
  expect([causes.map(({ waiting }) => waiting), isCutShort]).toEqual([[30], true]);
});
