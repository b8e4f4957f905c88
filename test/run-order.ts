import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, in the order in which they begin. Among the others, times of an earlier run decide. */
const FIRST = [
  'integration/reconciliation/verify.test.ts',
  'integration/search/reindex.test.ts',
  'integration/search/lost-index.test.ts',
  'integration/dead-letters/operator-actions.test.ts',
  'e2e/drills.test.ts',
  'e2e/status.test.ts',
  'e2e/faults.test.ts',
  'e2e/api/documented-answers.test.ts',
  'e2e/local-system.test.ts',
  'e2e/console/console.test.ts',
  'e2e/console/overview.test.ts',
  'e2e/start-and-end.test.ts',
  'e2e/console/page.test.ts',
];

/** Begins with the files that take longest, so that none of them runs alone at the end. Within a group of projects: vitest keeps their order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const place = FIRST.findIndex((file) => moduleId.endsWith(`/test/${file}`));
  return place < 0 ? FIRST.length : place;
}
