import type { Benchmarks } from './page/benchmark.ts';
import { coldStart } from './reports/cold-start.ts';
import { demo } from './reports/demo.ts';
import { drain } from './reports/drain.ts';
import { growth } from './reports/growth.ts';
import { importMemory } from './reports/import.ts';
import { lanes } from './reports/lanes.ts';
import { latency } from './reports/latency.ts';
import { pageCost } from './reports/page-cost.ts';
import { recordCost } from './reports/record-cost.ts';
import { relevance } from './reports/relevance.ts';
import { searchLatency } from './reports/search-latency.ts';
import { soak } from './reports/soak.ts';
import { startUp } from './reports/start-up.ts';

/**
 * All benchmarks, in the order in which they run and in which the page has them, one at a time: first those that measure time, last those
 * whose figures do not depend on other work on the machine.
 */
export const BENCHMARKS: Benchmarks = {
  'record-cost': recordCost,
  'cold-start': coldStart,
  'start-up': startUp,
  demo,
  drain,
  growth,
  latency,
  'search-latency': searchLatency,
  import: importMemory,
  scale: lanes,
  'page-cost': pageCost,
  relevance,
  soak,
};
