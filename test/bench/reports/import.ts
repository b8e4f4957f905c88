import { measureImportMemory } from '../import-memory.ts';
import type { Report } from './report.ts';

export async function reportImport(): Promise<Report> {
  const measured = await measureImportMemory();
  const { rows, rowsPerSecond, peakRssMiB } = measured;
  console.log('Import of 1 GiB of NDJSON, writing nothing (target: within the 256 MiB of the function)');
  console.log(
    `  peak ${peakRssMiB.toFixed(0)} MiB resident, ${rowsPerSecond.toFixed(0)} orders/s (${rows} orders)\n`,
  );
  return { figures: measured };
}
