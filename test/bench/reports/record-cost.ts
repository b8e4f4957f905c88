import { measureRecordCost } from '../record-cost.ts';
import { NAME_COLUMN, type Report, spreadOf } from './report.ts';

export async function reportRecordCost(): Promise<Report> {
  const cost = await measureRecordCost();
  console.log('CPU a record before any sink, beside unmarshall alone (target: at most 2 times, routed)');
  console.log(`  ${'unmarshall'.padEnd(NAME_COLUMN)}${cost.unmarshallMicroseconds.toFixed(1)} us`);
  for (const { step, microseconds, ratio, quartiles } of cost.steps) {
    console.log(
      `  ${step.padEnd(NAME_COLUMN)}${microseconds.toFixed(1)} us = ${ratio.toFixed(2)} (${spreadOf(quartiles)})`,
    );
  }
  console.log();
  const bars = cost.steps.map(({ step, ratio }) => ({
    label: `CPU a record: ${step} / unmarshall`,
    ratio,
    ...(step === 'group and route' && { target: { ratio: 2, is: 'most' as const } }),
  }));
  return { figures: cost, bars };
}
