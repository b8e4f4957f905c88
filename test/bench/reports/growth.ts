import { measureGrowth } from '../growth.ts';
import { NAME_COLUMN, type Report } from './report.ts';

export async function reportGrowth(): Promise<Report> {
  const grown = await measureGrowth();
  console.log('Growth with the number of orders: time, heap, and the exponents (1 is linear)');
  for (const { task, sizes, exponents } of grown) {
    const cells = sizes.map(
      ({ orders, ms: time, heapMiB }) => `${orders}: ${time.toFixed(0)} ms, ${heapMiB.toFixed(0)} MiB`,
    );
    console.log(
      `  ${task.padEnd(NAME_COLUMN)}${cells.join('   ')}   time ${exponents.time.toFixed(2)}, memory ${exponents.memory.toFixed(2)}`,
    );
  }
  console.log();
  return { figures: grown };
}
