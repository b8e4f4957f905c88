import { expect, it } from 'vitest';
import { VERIFICATION_FINDINGS_MAX, VerificationRun } from '../../../contracts/api/status.ts';
import { latestVerifications, recordVerification } from '../../../pipelines/operations/verification-runs.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { createOperationsTable } from '../parts/table.ts';

const dynamoDb = localDynamoDb();
const newTable = async () => ({ dynamoDb, operationsTableName: await createOperationsTable(dynamoDb) });

const runOf = (at: string, differences: number) =>
  VerificationRun.parse({
    ...{ at, by: 'ada', durationMs: 4_200, differences, inconclusive: 0, malformed: 0, repaired: 0 },
    checks: [{ check: 'stock', differences, inconclusive: 0 }],
    findings: Array.from({ length: differences }, (_, n) => ({
      check: 'stock',
      id: `sku-${n}`,
      detail: 'differs',
    })),
  });

it('the results of verify are listed, the last one first', async () => {
  const deps = await newTable();
  const runs = [runOf('2026-03-01T12:00:00.000Z', 2), runOf('2026-03-02T12:00:00.000Z', 0)];
  for (const run of runs) await recordVerification(deps, run);
  expect(await latestVerifications(deps)).toEqual(runs.toReversed());
  expect(await latestVerifications(deps, 1)).toEqual(runs.slice(1));
});

it('a result of verify keeps its number of differences, and the first of them', async () => {
  const deps = await newTable();
  await recordVerification(deps, runOf('2026-03-01T12:00:00.000Z', 200));
  const [run] = await latestVerifications(deps);
  expect([run?.differences, run?.findings.length]).toEqual([200, VERIFICATION_FINDINGS_MAX]);
});
