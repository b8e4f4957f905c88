import { measureLatency } from '../latency.ts';
import type { Report } from './report.ts';

export async function reportLatency(): Promise<Report> {
  const latency = await measureLatency();
  const { searchable, notified } = latency;
  console.log("From the API's response, one order every 100 ms, batching window 0");
  console.log(
    `  write -> searchable   p50 ${ms(searchable.p50)}   p99 ${ms(searchable.p99)}   (the index refreshes once a second)`,
  );
  console.log(`  write -> notified     p50 ${ms(notified.p50)}   p99 ${ms(notified.p99)}\n`);
  return { figures: latency };
}

const ms = (value: number): string => `${value.toFixed(0)} ms`.padStart(8);
