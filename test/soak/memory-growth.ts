import { medianSlope, type Point, quantile, trend } from '../bench/statistics.ts';

/** Standard deviations that one of 740 series without a trend exceeds; a soak has some twenty series. */
const TREND_MIN = 3;
/** How many times the noise a rise must be. */
const NOISES_MIN = 2;
/** What is kept for an order takes more than two words of memory. */
const BYTES_PER_ORDER_MIN = 16;
const SAMPLES_MIN = 8;
/** The deviation of a normal distribution, by the median of the absolute deviations. */
const DEVIATION_PER_MEDIAN = 1.4826;
const HALF = 0.5;

/** How the memory of one thread, or of the process, went over the last half of the orders. */
export interface MemoryGrowth {
  readonly name: string;
  readonly samples: number;
  readonly lastBytes: number;
  /** By the slope of Theil and Sen. */
  readonly bytesPerOrder: number;
  /** What that slope makes over the half. */
  readonly riseBytes: number;
  /** The deviation from the line. */
  readonly noiseBytes: number;
  /** The smallest leak that would be found in this noise, in bytes an order. */
  readonly leastFoundBytesPerOrder: number;
  /** Standard deviations of the test of Mann and Kendall. */
  readonly trend: number;
  /** Whether it grows beyond noise. `undefined` for too few samples to say so. */
  readonly isGrowing: boolean | undefined;
}

/**
 * Judges how memory grew over the last half of the orders. It grows beyond noise if all of these hold:
 *
 * - the test of Mann and Kendall finds a rise, at three standard deviations;
 * - the rise is more than twice the deviation from the line;
 * - in each quarter of the orders, the slope of Theil and Sen is more than 16 bytes an order: a leak goes on, and a step does not.
 *
 * @param orders how many there were in all.
 * @param points the bytes by the number of orders that were through, in their order.
 */
export function memoryGrowth(name: string, orders: number, points: readonly Point[]): MemoryGrowth {
  const half = points.filter(({ x }) => x > orders * HALF);
  const samples = half.length;
  const lastBytes = half.at(-1)?.y ?? 0;
  if (samples < SAMPLES_MIN)
    return {
      name,
      samples,
      lastBytes,
      bytesPerOrder: 0,
      riseBytes: 0,
      noiseBytes: 0,
      leastFoundBytesPerOrder: 0,
      trend: 0,
      isGrowing: undefined,
    };
  const bytesPerOrder = medianSlope(half);
  const span = (half.at(-1)?.x ?? 0) - (half[0]?.x ?? 0);
  const riseBytes = bytesPerOrder * span;
  const noiseBytes = deviation(half.map(({ x, y }) => y - bytesPerOrder * x));
  const found = trend(half);
  const quarters = [half.slice(0, samples * HALF), half.slice(samples * HALF)];
  return {
    name,
    samples,
    lastBytes,
    bytesPerOrder,
    riseBytes,
    noiseBytes,
    leastFoundBytesPerOrder: Math.max(BYTES_PER_ORDER_MIN, (NOISES_MIN * noiseBytes) / span),
    trend: found,
    isGrowing:
      found > TREND_MIN &&
      riseBytes > NOISES_MIN * noiseBytes &&
      quarters.every((quarter) => medianSlope(quarter) > BYTES_PER_ORDER_MIN),
  };
}

function deviation(values: readonly number[]): number {
  const middle = quantile(values, HALF);
  return (
    DEVIATION_PER_MEDIAN *
    quantile(
      values.map((value) => Math.abs(value - middle)),
      HALF,
    )
  );
}
