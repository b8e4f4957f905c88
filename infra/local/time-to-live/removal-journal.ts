import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';

/** One removal: which item, and the expiry time that it had. */
export interface Removal {
  readonly id: string;
  readonly atSeconds: number;
}

const Line = z
  .string()
  .transform(fromJson)
  .pipe(z.object({ id: z.string(), atSeconds: z.number() }));
const REMOVALS_MAX = 100_000;

/**
 * Remembers which removals are the expiry's own and not a caller's. The stream does not tell: DynamoDB Local knows no TTL
 * principal, and its records' times are those of the minute. Written before the removal itself; with a file, it is still
 * known after a restart, when a consumer that lagged reads the record. Each start leaves out of the file what is no longer
 * remembered, and a line that was cut off: its removal was never made.
 */
export class RemovalJournal {
  readonly #file: string | undefined;
  readonly #removals = new Map<string, number>();

  constructor(file?: string) {
    this.#file = file;
    if (file === undefined) return;
    for (const removal of removalsIn(file)) this.#remember(removal);
    const lines = Array.from(this.#removals, ([id, atSeconds]) => toLine({ id, atSeconds }));
    writeFileSync(`${file}.new`, lines.join(''));
    renameSync(`${file}.new`, file);
  }

  /** @throws what the file system says, such as that the disk is full: then the removal must wait. */
  add(removal: Removal): void {
    this.#remember(removal);
    if (this.#file !== undefined) appendFileSync(this.#file, toLine(removal));
  }

  has({ id, atSeconds }: Removal): boolean {
    return this.#removals.get(id) === atSeconds;
  }

  #remember({ id, atSeconds }: Removal): void {
    this.#removals.set(id, atSeconds);
    const [oldest] = this.#removals.keys();
    if (this.#removals.size > REMOVALS_MAX && oldest !== undefined) this.#removals.delete(oldest);
  }
}

/** The end of a line comes before it, so that one that was cut off does not spoil the next. */
const toLine = (removal: Removal): string => `\n${JSON.stringify(removal)}`;

function removalsIn(file: string): readonly Removal[] {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, '');
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => read(Line, line).data ?? []);
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
