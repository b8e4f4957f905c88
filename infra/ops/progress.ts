import { SingleBar } from 'cli-progress';

/** How far something long has come. */
export interface Progress {
  advance(by?: number): void;
  end(): void;
}

const LINE_INTERVAL_MS = 10_000;

/** A bar on standard error, or a line now and then where that is no terminal. */
export function progressBar(what: string, total: number): Progress {
  const bar = new SingleBar({
    format: `${what} [{bar}] {value}/{total}  {duration} s`,
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: LINE_INTERVAL_MS,
    stream: process.stderr,
  });
  bar.start(total, 0);
  return {
    advance: (by = 1) => {
      // The total is DynamoDB's own count, which is six hours old.
      if (bar.getProgress() >= 1) bar.setTotal(bar.getTotal() + by);
      bar.increment(by);
    },
    end: () => bar.stop(),
  };
}
