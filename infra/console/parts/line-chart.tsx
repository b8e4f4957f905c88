import { useEffect, useRef, useState } from 'preact/hooks';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { useZone } from '../data/settings.ts';
import { hourAndMinute, timeOfDay } from './format.ts';

/** One line of a chart; `null` where nothing was measured. */
export interface ChartSeries {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

interface ChartProps {
  readonly label: string;
  /** When the first period began. */
  readonly from: string;
  readonly periodSeconds: number;
  readonly series: readonly ChartSeries[];
  /** The line of an alarm. */
  readonly limit?: { readonly value: number; readonly name: string };
  readonly write: (value: number) => string;
  /** What the axis may end at, for values that have no decimal steps, such as times. */
  readonly steps?: readonly number[];
}

const HEIGHT = 170;
const EDGE = { left: 46, right: 12, top: 10, bottom: 22 };
const WIDTH_MIN = 240;
/** Beyond this share of its limit a chart shows the limit's line. */
const LIMIT_SHOWN_FROM = 0.2;
const TICK_WIDTH = 110;

/** Values over time as lines, drawn without a library: the page's security policy and its size ask for little. */
export function LineChart({ label, from, periodSeconds, series, limit, write, steps = [] }: ChartProps) {
  useZone();
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  const [cursor, setCursor] = useState<number | undefined>();
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const fit = new ResizeObserver(() => setWidth(Math.max(WIDTH_MIN, element.clientWidth)));
    fit.observe(element);
    return () => fit.disconnect();
  }, []);
  const periods = Math.max(1, ...series.map(({ values }) => values.length));
  const highest = Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const showsLimit = limit !== undefined && highest >= limit.value * LIMIT_SHOWN_FROM;
  const least = showsLimit ? Math.max(highest, limit.value * 1.15) : highest;
  const top = steps.find((step) => step >= least) ?? niceCeiling(least);
  const inner = { width: width - EDGE.left - EDGE.right, height: HEIGHT - EDGE.top - EDGE.bottom };
  const x = (index: number) => EDGE.left + (inner.width * index) / Math.max(1, periods - 1);
  const y = (value: number) => EDGE.top + inner.height * (1 - value / top);
  const timeAt = (index: number) => new Date(Date.parse(from) + (index + 1) * periodSeconds * MS_PER_SECOND);
  const ticks = Math.max(2, Math.floor(inner.width / TICK_WIDTH));
  const follow = ({ offsetX }: { readonly offsetX: number }) => {
    const index = Math.round(((offsetX - EDGE.left) / inner.width) * (periods - 1));
    setCursor(Math.min(periods - 1, Math.max(0, index)));
  };
  const shown = cursor ?? periods - 1;
  return (
    <div class="chart" ref={place}>
      <svg
        role="img"
        aria-label={label}
        width={width}
        height={HEIGHT}
        onPointerMove={follow}
        onPointerLeave={() => setCursor(undefined)}
      >
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line
              class="grid"
              x1={EDGE.left}
              x2={width - EDGE.right}
              y1={y(top * share)}
              y2={y(top * share)}
            />
            <text class="axis" x={EDGE.left - 6} y={y(top * share) + 4} text-anchor="end">
              {write(top * share)}
            </text>
          </g>
        ))}
        {Array.from({ length: ticks }, (_, tick) => Math.round(((periods - 1) * tick) / (ticks - 1))).map(
          (index, tick) => (
            <text
              key={tick}
              class="axis"
              x={x(index)}
              y={HEIGHT - 6}
              text-anchor={tick === 0 ? 'start' : tick === ticks - 1 ? 'end' : 'middle'}
            >
              {hourAndMinute(timeAt(index))}
            </text>
          ),
        )}
        {showsLimit && (
          <g>
            <line
              class="limit"
              x1={EDGE.left}
              x2={width - EDGE.right}
              y1={y(limit.value)}
              y2={y(limit.value)}
            />
            <text class="limit-name" x={EDGE.left + 6} y={y(limit.value) - 4}>
              {limit.name}
            </text>
          </g>
        )}
        {series.map(({ name, values }, place) => (
          <path key={name} class={`line line-${place + 1}`} d={lineOf(values, x, y)} />
        ))}
        {cursor !== undefined && (
          <line class="cursor" x1={x(cursor)} x2={x(cursor)} y1={EDGE.top} y2={HEIGHT - EDGE.bottom} />
        )}
      </svg>
      <p class="legend">
        {series.map(({ name, values }, place) => (
          <span key={name}>
            <svg class="swatch" width="18" height="8" aria-hidden="true">
              <line class={`line line-${place + 1}`} x1="0" x2="18" y1="4" y2="4" />
            </svg>
            {name} <strong>{valueAt(values, shown, write)}</strong>
          </span>
        ))}
        <span class="muted">
          {cursor === undefined ? 'now' : `at ${timeOfDay(timeAt(shown))}`}
          {limit !== undefined && !showsLimit && ` · ${limit.name}`}
        </span>
      </p>
    </div>
  );
}

function valueAt(
  values: readonly (number | null)[],
  index: number,
  write: (value: number) => string,
): string {
  const value = values[index] ?? null;
  return value === null ? 'no data' : write(value);
}

/** The path of a line, with a gap where there is no value. A value between two gaps is a dot. */
function lineOf(
  values: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  return values
    .map((value, index) => {
      if (value === null) return '';
      const at = `${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
      const before = values[index - 1] ?? null;
      return before === null ? `M${at}h.1` : `L${at}`;
    })
    .join('');
}

/** The least of 1, 2, 5, 10, 20 and so on that is not below the value. */
function niceCeiling(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}
