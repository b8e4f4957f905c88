import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';

/** One removal: the item and its expiry time. */
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
 * Keeps a list of the removals by expiry, to distinguish them from removals by callers. The stream cannot distinguish them: DynamoDB
 * Local has no TTL principal, and it rounds times to the minute. An entry is written before its removal. With a file, the list survives
 * a restart, so that a consumer with a lag still finds it. Each start rewrites the file without entries beyond the limit, and without
 * an incomplete line: its removal was never made.
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

  /** @throws the error of the file system, for example a full disk. The removal must then wait. */
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

/** The line break comes first, so that an incomplete line does not spoil the next one. */
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
