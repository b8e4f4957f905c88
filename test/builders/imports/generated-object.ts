import { BLOCK_BYTES } from '../../../pipelines/imports/imported-object.ts';
import { importedOrder } from './imports.ts';

const LINES = 3;

/** A line of NDJSON with an order of three lines: half a kilobyte. */
function orderLine(place: number): string {
  const [line] = importedOrder().lines;
  const order = importedOrder({ sourceId: `S-${place}`, lines: Array(LINES).fill(line) });
  return `${JSON.stringify(order)}\n`;
}

/** As many lines as fit into a block. */
function linesOfBlock(): readonly string[] {
  const lines: string[] = [];
  let bytes = 0;
  for (let place = 0; ; place += 1) {
    const line = orderLine(place);
    bytes += line.length;
    if (bytes > BLOCK_BYTES) return lines;
    lines.push(line);
  }
}

/** An object of NDJSON that is made while it is read, and never held; `onBlock` hears of each block that is asked for. */
export function generatedObject(bytesMin: number, onBlock: () => void = () => undefined) {
  const lines = linesOfBlock();
  const content = Buffer.from(lines.join(''));
  return {
    rowsOfBlock: lines.length,
    contentEncodings: [],
    async *bytes(): AsyncGenerator<Uint8Array> {
      for (let bytes = 0; bytes < bytesMin; bytes += content.length) {
        onBlock();
        // As from the network: memory of its own each time.
        yield Buffer.from(content);
      }
    },
  };
}
