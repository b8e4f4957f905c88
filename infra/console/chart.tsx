import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Throughput } from '../../contracts/api/operators.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';

const HEIGHT = 200;
const LINE_WIDTH = 2;
/** Distinguishable without colour too. */
const DASHES = [[], [8, 4], [2, 3]];

/** Events a second over time, a line for each consumer and type. The table beside it says the same in numbers. */
export function Chart({ throughput }: { readonly throughput: Throughput }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const names = throughput.series.map(({ consumer, eventType }) => `${consumer} ${eventType}`).join('\n');
  const data = dataOf(throughput);
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const draw = () => {
      plot.current?.destroy();
      const options = optionsFor(element, names === '' ? [] : names.split('\n'));
      plot.current = new uPlot(options, latest.current, element);
    };
    const fit = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    draw();
    fit.observe(element);
    scheme.addEventListener('change', draw);
    addEventListener('themechange', draw);
    return () => {
      fit.disconnect();
      scheme.removeEventListener('change', draw);
      removeEventListener('themechange', draw);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [names]);
  useEffect(() => plot.current?.setData(data), [data]);
  return <div class="chart" role="img" aria-label="Events a second over time" ref={place} />;
}

function dataOf({ from, periodSeconds, series }: Throughput): uPlot.AlignedData {
  const start = Date.parse(from) / MS_PER_SECOND;
  const periods = Math.max(0, ...series.map(({ perSecond }) => perSecond.length));
  const times = Array.from({ length: periods }, (_, index) => start + (index + 1) * periodSeconds);
  return [times, ...series.map(({ perSecond }) => [...perSecond])];
}

function optionsFor(element: HTMLElement, names: readonly string[]): uPlot.Options {
  // A canvas takes no variables: the element resolves them, in light or dark.
  const colour = (name: string): string => {
    element.style.color = `var(${name})`;
    return getComputedStyle(element).color;
  };
  const axis = { stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 } };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { live: false },
    cursor: { drag: { x: false, y: false } },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, max)] } },
    axes: [axis, axis],
    series: [
      {},
      ...names.map((label, index) => ({
        label,
        stroke: colour(`--series-${(index % 6) + 1}`),
        width: LINE_WIDTH,
        dash: DASHES[index % DASHES.length] ?? [],
        points: { show: false },
      })),
    ],
  };
}
