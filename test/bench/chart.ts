/** One ratio of two sides of a benchmark. */
export interface RatioBar {
  readonly label: string;
  readonly ratio: number;
  /** What it is to be, at least or at most. */
  readonly target?: { readonly ratio: number; readonly is: 'least' | 'most' };
}

const WIDTH = 960;
const ROW = 30;
const TOP = 30;
const LABEL = 500;
const SCALE_MIN = 0.5;
const SCALE_MAX = 160;
const GRID = [0.5, 1, 2, 5, 10, 20, 50, 100];
const BAR = 16;

/** The ratios as an SVG with a logarithmic scale: bars, and a mark where a target is. It can be read in light and dark. */
export function ratioChart(bars: readonly RatioBar[]): string {
  const height = TOP + bars.length * ROW + 10;
  const rows = bars.flatMap(({ label, ratio, target }, row) => {
    const y = TOP + row * ROW;
    const isMet =
      target === undefined || (target.is === 'least' ? ratio >= target.ratio : ratio <= target.ratio);
    return [
      `<text class="label" x="${LABEL - 10}" y="${y + 13}">${escaped(label)}</text>`,
      `<rect class="${isMet ? 'met' : 'missed'}" x="${LABEL}" y="${y}" width="${placeOf(ratio) - LABEL}" height="${BAR}"/>`,
      `<text class="figure" x="${placeOf(ratio) + 6}" y="${y + 13}">${ratio.toFixed(2)}</text>`,
      ...(target === undefined
        ? []
        : [
            `<line class="target" x1="${placeOf(target.ratio)}" x2="${placeOf(target.ratio)}" y1="${y - 4}" y2="${y + BAR + 4}"/>`,
          ]),
    ];
  });
  const grid = GRID.flatMap((ratio) => [
    `<line class="grid" x1="${placeOf(ratio)}" x2="${placeOf(ratio)}" y1="${TOP - 6}" y2="${height - 10}"/>`,
    `<text class="scale" x="${placeOf(ratio)}" y="${TOP - 12}">${ratio}</text>`,
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    '<title>Ratios of the benchmarks, and their targets</title>',
    `<style>${STYLE}</style>`,
    ...grid,
    ...rows,
    '</svg>\n',
  ].join('\n');
}

const STYLE = [
  'text { fill: #333 } .label { text-anchor: end } .scale { text-anchor: middle; fill: #777 }',
  '.grid { stroke: #8884 } .met { fill: #3b7dd8 } .missed { fill: #d8843b } .target { stroke: #c22; stroke-width: 2 }',
  '@media (prefers-color-scheme: dark) { text { fill: #ddd } .scale { fill: #999 } }',
].join(' ');

const placeOf = (ratio: number): number => {
  const share =
    Math.log(Math.min(SCALE_MAX, Math.max(SCALE_MIN, ratio)) / SCALE_MIN) / Math.log(SCALE_MAX / SCALE_MIN);
  return Math.round(LABEL + share * (WIDTH - LABEL - 60));
};

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
