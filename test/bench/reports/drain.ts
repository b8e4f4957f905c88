import type { RatioBar } from '../chart.ts';
import { type DrainRates, measureDrain, NETWORK_DELAY_MS } from '../drain.ts';
import type { Report } from './report.ts';
import { reportScale } from './scale.ts';

const SUBJECT = 'consumer';

export async function reportDrain(): Promise<Report> {
  const rates = await measureDrain();
  const bars = [
    ...printRates('search-index: records drained per second', rates.searchIndex, {
      'plain loop': 10,
      Powertools: 10,
      'bare bulk': 0.9,
    }),
    // On loopback DynamoDB Local alone is the bound, which takes all writes in one thread.
    ...printRates('order-events: records drained per second', rates.orderEvents, { 'plain loop': 3 }),
    ...printRates(
      `order-events on an unbound table: records drained per second, each request ${NETWORK_DELAY_MS} ms away`,
      rates.orderEventsUnbound,
      { 'plain loop': 10, Powertools: 10 },
    ),
  ];
  return { figures: { ...rates, scale: reportScale(rates) }, bars };
}

/** Prints how fast each variant was, and returns the ratios that have a target. */
function printRates(
  title: string,
  rates: DrainRates,
  targets: Readonly<Record<string, number>>,
): readonly RatioBar[] {
  console.log(title);
  const ours = rates[SUBJECT]?.recordsPerSecond ?? Number.NaN;
  for (const [name, { recordsPerSecond, cpuMicroseconds }] of Object.entries(rates)) {
    const target = targets[name];
    const wanted = target === undefined ? '' : ` (target: ${target} or more)`;
    const ratio =
      name === SUBJECT ? '' : `   ${SUBJECT} / ${name} = ${(ours / recordsPerSecond).toFixed(2)}${wanted}`;
    console.log(
      `  ${name.padEnd(20)} ${recordsPerSecond.toFixed(0).padStart(8)}/s ${cpuMicroseconds.toFixed(0).padStart(6)} us CPU${ratio}`,
    );
  }
  console.log();
  return Object.entries(targets).map(([name, ratio]) => ({
    label: `${title.split(':')[0]}: ${SUBJECT} / ${name}`,
    ratio: ours / (rates[name]?.recordsPerSecond ?? Number.NaN),
    target: { ratio, is: 'least' },
  }));
}
