import { SingleBar } from 'cli-progress';

/** Shows the progress of a step of the demo. */
export type Progress = (step: string, total: number) => { advance(): void; end(): void };

/** Shows nothing, for tests. */
export const silent: Progress = () => ({ advance: () => undefined, end: () => undefined });

const STEP_WIDTH = 20;
const LINE_INTERVAL_MS = 5_000;

/** A bar for each step, or a line every five seconds if the output is not a terminal. */
export const progressBars: Progress = (step, total) => {
  const bar = new SingleBar({
    format: `${step.padEnd(STEP_WIDTH)} [{bar}] {value}/{total}  {duration} s`,
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: LINE_INTERVAL_MS,
    stream: process.stdout,
  });
  bar.start(total, 0);
  return { advance: () => bar.increment(), end: () => bar.stop() };
};
