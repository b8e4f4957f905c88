import { appendFileSync, chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ProgramFailedError, type Programs, programsIn } from '../../../infra/deploy/programs.ts';

/** A program that stands for the SAM CLI on the PATH, and what it was called with. */
export interface FakeSam {
  readonly programs: Programs;
  /** Each call's arguments, of SAM and of our own programs by their file names. */
  readonly calls: () => readonly string[];
  /** The environment of the fake program, to run a script with. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Puts a `sam` in front of the PATH that prints what it should for the first words of its arguments, and ends with 1 for what is in `failing`.
 * Programs of Node.js, such as our own, are recorded and not run; `ops` ends with the status that it should.
 */
export function fakeSam(
  prints: Readonly<Record<string, unknown>>,
  failing: readonly string[] = [],
  opsStatus = 0,
): FakeSam {
  const folder = mkdtempSync(join(tmpdir(), 'fake-sam-'));
  const log = join(folder, 'calls');
  writeFileSync(log, '');
  writeFileSync(
    join(folder, 'sam'),
    `#!${process.execPath}
const { appendFileSync } = require('node:fs');
const args = process.argv.slice(2).join(' ');
appendFileSync(${JSON.stringify(log)}, 'sam ' + args + '\\n');
const of = (map) => Object.entries(map).find(([words]) => args.startsWith(words))?.[1];
const printed = of(${JSON.stringify(prints)});
if (printed !== undefined) console.log(typeof printed === 'string' ? printed : JSON.stringify(printed));
process.exitCode = ${JSON.stringify(failing)}.some((words) => args.startsWith(words)) ? 1 : 0;
`,
  );
  chmodSync(join(folder, 'sam'), 0o755);
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` };
  const real = programsIn(folder, env);
  return {
    env,
    calls: () => readFileSync(log, 'utf8').split('\n').filter(Boolean),
    programs: {
      output: real.output,
      async run(program, args) {
        if (program !== process.execPath) return real.run(program, args);
        const call = args.map((arg) => arg.replace(/^.*\//, '')).join(' ');
        appendFileSync(log, `${call}\n`);
        if (call.startsWith('bin.mjs') && opsStatus !== 0)
          throw new ProgramFailedError(`ops ended with ${opsStatus}`, opsStatus);
      },
    },
  };
}
