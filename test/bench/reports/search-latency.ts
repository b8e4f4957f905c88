import { measureSearchLatency } from '../relevance/measure-latency.ts';
import { NAME_COLUMN, type Report } from './report.ts';

/** Of the superstore's 5,009 orders. */
const COPIES = [1, 10];

export async function reportSearchLatency(): Promise<Report> {
  const measured = await measureSearchLatency(COPIES);
  console.log('Latency of GET /search/orders, 200 queries one after the other, in the process that searches');
  for (const { orders, search, plainMatch } of measured)
    console.log(
      `  ${`${orders.toLocaleString('en')} orders`.padEnd(NAME_COLUMN)}p50 ${search.p50.toFixed(1)} ms, p95 ${search.p95.toFixed(1)} ms   plain match: p50 ${plainMatch.p50.toFixed(1)} ms, p95 ${plainMatch.p95.toFixed(1)} ms`,
    );
  console.log();
  return { figures: measured };
}
