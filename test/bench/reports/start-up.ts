import { measureStartUp } from '../start-up.ts';
import type { Report } from './report.ts';

export async function reportStartUp(): Promise<Report> {
  const startUp = await measureStartUp();
  console.log('npm run dev to ready, once set up (targets: 5 s, 500 MiB)');
  console.log(
    `  ${startUp.readySeconds.toFixed(1)} s, ${startUp.memoryMiB.toFixed(0)} MiB resident in all processes\n`,
  );
  return { figures: startUp };
}
