import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';

/** Which tests run. */
export const Suite = z.enum(['unit', 'integration']);
export type Suite = z.infer<typeof Suite>;

/** Its property tests shrink what a mutant breaks, each try a complete mapping. */
export const LEFT_OUT = 'test/unit/event-source-mapping/delivery-rules.test.ts';

/** A line of the results: how a mutant ended, which mutants a test reaches, which are reached while the files of tests that ended are loaded, or a test that fails without one. */
const Line = z.union([
  z.object({ id: z.string(), suite: Suite, status: z.enum(['killed', 'timeout']), by: z.string() }),
  z.object({ test: z.string(), reaches: z.array(z.string()) }),
  z.object({ suite: Suite, files: z.array(z.string()), loads: z.array(z.string()) }),
  z.object({ fails: z.string() }),
]);
export type Line = z.infer<typeof Line>;

export const RESULTS = 'results.jsonl';
/** Names the mutant that is being tried: of a process that hangs, the parent ends it and knows which it was. */
export const CURRENT = 'current';

/** Adds a line to a file of results. */
export const addLine = (file: string, line: Line): void => appendFileSync(file, `${JSON.stringify(line)}\n`);

/** The lines of a file of results; none where there is no file. */
export const linesOf = (file: string): readonly Line[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => Line.parse(JSON.parse(text)))
    : [];
