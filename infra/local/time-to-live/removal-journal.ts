import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

/** One removal: which item, and the expiry time that it had. */
export interface Removal {
  readonly id: string;
  readonly atSeconds: number;
}

const Line = z.object({ id: z.string(), atSeconds: z.number() });
const REMOVALS_MAX = 100_000;

/**
 * Remembers which removals are the expiry's own and not a caller's. The stream does not tell: DynamoDB Local knows no TTL
 * principal, and its records' times are those of the minute. Written before the removal itself; with a file, it is still
 * known after a restart, when a consumer that lagged reads the record.
 */
export class RemovalJournal {
  readonly #file: string | undefined;
  readonly #removals = new Map<string, number>();

  constructor(file?: string) {
    this.#file = file;
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, '');
    for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean))
      this.#remember(Line.parse(JSON.parse(line)));
  }

  add(removal: Removal): void {
    this.#remember(removal);
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(removal)}\n`);
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
