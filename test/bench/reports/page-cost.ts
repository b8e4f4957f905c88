import { measurePageCost } from '../page-cost.ts';
import { onRealParts } from '../real-parts.ts';
import { NAME_COLUMN, type Report } from './report.ts';

/** The template's default is 4, and 64 are the most. */
const STATUS_PARTITIONS = [1, 4, 8, 64];

export async function reportPageCost(): Promise<Report> {
  const costs = await onRealParts(({ dynamoDb }) => measurePageCost(dynamoDb, STATUS_PARTITIONS));
  console.log(
    'Read units of a page of 20, beside a Query of one partition (target: at most 4 times, by default)',
  );
  for (const { list, spread, readUnits, queries, ratio } of costs)
    console.log(
      `  ${list.padEnd(20)}${spread.padEnd(NAME_COLUMN)}${readUnits.toFixed(1).padStart(5)} = ${ratio.toFixed(2).padStart(5)} times, ${queries.toFixed(1).padStart(5)} queries`,
    );
  console.log();
  return { figures: costs };
}
