import { type Compared, measureColdStart } from '../cold-start.ts';
import { NAME_COLUMN, type Report, spreadOf } from './report.ts';

const BYTES_PER_KB = 1_000;
const SIZE_COLUMN = 12;
const TIME_COLUMN = 32;

export async function reportColdStart(): Promise<Report> {
  const starts = await measureColdStart();
  console.log('Cold start of the API, function / plain SDK handler (target: at most 1.3 times each)');
  printRow([
    'function',
    'bundle, kB',
    'init, ms',
    'CPU in init, ms',
    'init and first call, ms',
    'CPU in both, ms',
  ]);
  for (const { logicalId, bundleBytes, ...times } of starts) {
    const kilobytes = [bundleBytes.ours, bundleBytes.plain].map((size) => (size / BYTES_PER_KB).toFixed(0));
    const { init, initCpu, answered, answeredCpu } = times;
    printRow([logicalId, kilobytes.join(' / '), ...[init, initCpu, answered, answeredCpu].map(sides)]);
  }
  console.log();
  return { figures: starts };
}

function printRow([first = '', size = '', ...times]: readonly string[]): void {
  const columns = times.map((one) => one.padStart(TIME_COLUMN)).join('');
  console.log(`  ${first.padEnd(NAME_COLUMN)}${size.padStart(SIZE_COLUMN)}${columns}`);
}

/** `137 / 102 = 1.34 (1.28-1.40)`: medians, their ratio, and the quartiles of the pairs' ratios. */
function sides(compared: Compared | undefined): string {
  if (compared === undefined) return '-';
  const { ours, plain, ratio, quartiles } = compared;
  return `${ours.toFixed(0)} / ${plain.toFixed(0)} = ${ratio.toFixed(2)} (${spreadOf(quartiles)})`;
}
