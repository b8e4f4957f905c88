/** The places of the nodes of the topology, in the units of its drawing. */
export type NodeName =
  | 'table'
  | 'stream'
  | 'order-events'
  | 'search-index'
  | 'topic'
  | 'stock'
  | 'stats'
  | 'open-search'
  | 'order-events-dead-letters'
  | 'search-index-dead-letters';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: Readonly<Record<NodeName, Box>>;
  /** The path of an edge, and where its label stands. */
  readonly edge: (
    from: Box,
    to: Box,
  ) => { readonly path: string; readonly labelX: number; readonly labelY: number };
  /** The path from a consumer to its dead letters, around the sinks. */
  readonly deadLetterEdge: (from: Box, to: Box) => string;
}

const box = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height });
const middle = ({ y, height }: Box): number => y + height / 2;

/** From left to right, for a page as wide as a desk's. */
export const WIDE: Layout = {
  width: 1_180,
  height: 282,
  boxes: {
    table: box(4, 104, 160, 62),
    stream: box(236, 104, 140, 62),
    'order-events': box(462, 24, 236, 84),
    'search-index': box(462, 168, 236, 84),
    topic: box(790, 4, 190, 42),
    stock: box(790, 54, 190, 42),
    stats: box(790, 104, 190, 42),
    'open-search': box(790, 188, 190, 44),
    'order-events-dead-letters': box(1_016, 66, 160, 54),
    'search-index-dead-letters': box(1_016, 183, 160, 54),
  },
  edge: (from, to) => {
    const start = from.x + from.width;
    const bend = (start + to.x) / 2;
    return {
      path: `M${start} ${middle(from)}C${bend} ${middle(from)} ${bend} ${middle(to)} ${to.x} ${middle(to)}`,
      labelX: bend,
      labelY: (middle(from) + middle(to)) / 2 - 7,
    };
  },
  deadLetterEdge: (from, to) => {
    const start = from.x + from.width / 2;
    const floor = from.y + from.height + (from.y < 100 ? 50 : 22);
    const turn = to.x - 18;
    const rise = floor - middle(to);
    return `M${start} ${from.y + from.height}V${floor - 8}q0 8 8 8H${turn - 8}q8 0 8-8v${-(rise - 16)}q0-8 8-8H${to.x}`;
  },
};

const TRUNK = 8;

/** From top to bottom, for a phone: each consumer with what it writes to below it. */
export const NARROW: Layout = {
  width: 360,
  height: 440,
  boxes: {
    table: box(2, 4, 164, 58),
    stream: box(194, 4, 164, 58),
    'order-events': box(2, 104, 170, 84),
    'search-index': box(188, 104, 170, 84),
    topic: box(22, 214, 150, 44),
    stock: box(22, 268, 150, 44),
    stats: box(22, 322, 150, 44),
    'open-search': box(208, 214, 150, 44),
    'order-events-dead-letters': box(22, 378, 150, 54),
    'search-index-dead-letters': box(208, 378, 150, 54),
  },
  edge: (from, to) => {
    if (from.y === to.y)
      return {
        path: `M${from.x + from.width} ${middle(from)}H${to.x}`,
        labelX: (from.x + from.width + to.x) / 2,
        labelY: middle(from) - 6,
      };
    const isTrunk = to.x > from.x && to.width < from.width;
    if (isTrunk) {
      const x = from.x + TRUNK;
      return {
        path: `M${x} ${from.y + from.height}V${middle(to)}H${to.x}`,
        labelX: from.x + 80,
        labelY: from.y + from.height + 16,
      };
    }
    const end = to.x + to.width / 2;
    const start = from.x + from.width / 2;
    const turn = from.y + from.height + 18;
    return {
      path:
        start === end
          ? `M${start} ${from.y + from.height}V${to.y}`
          : `M${start} ${from.y + from.height}V${turn}H${end}V${to.y}`,
      labelX: end + (end < start ? 26 : 0),
      labelY: turn + 16,
    };
  },
  deadLetterEdge: (from, to) => `M${from.x + TRUNK} ${from.y + from.height}V${middle(to)}H${to.x}`,
};
