import type { Difference } from './difference.ts';

/** Compares what should have come with what came: each difference is named, and what came more than once is no difference. */
export function compareSets(
  check: string,
  expected: ReadonlySet<string>,
  actual: ReadonlySet<string>,
): readonly Difference[] {
  const missing = [...expected]
    .filter((id) => !actual.has(id))
    .map((id) => ({ check, id, detail: 'did not come' }));
  const extra = [...actual]
    .filter((id) => !expected.has(id))
    .map((id) => ({ check, id, detail: 'came and was not expected' }));
  return [...missing, ...extra];
}
