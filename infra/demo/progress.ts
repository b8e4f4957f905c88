import { SingleBar } from 'cli-progress';

/** Follows a step of the demo: how many of its things are done. */
export type Progress = (step: string, total: number) => { advance(): void; end(): void };

/** Follows nothing, for tests. */
export const silent: Progress = () => ({ advance: () => undefined, end: () => undefined });

const STEP_WIDTH = 20;
const LINE_INTERVAL_MS = 5_000;

/** A bar a step in a terminal, and a line now and then where the output is no terminal. */
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
