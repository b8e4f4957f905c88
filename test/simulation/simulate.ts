import { parseArgs } from 'node:util';
import { writeBugTable } from './bug-table.ts';
import { type Campaign, campaignText, runSeeds } from './pool.ts';
import { runTwice } from './twice.ts';

const USAGE = `npm run simulate -- [options]
  --seed N        one seed, with every step; a failing one is shrunk
  --only LIST     of that seed only these operations and faults, as a shrunk trace names them
  --seeds N       that many seeds (1,000 by default), up to the first that fails
  --from N        the first of them (1)
  --twice         each of them twice, the second time in another order; fails if one takes other steps then
  --bug NAME      with one of the planted bugs (test/simulation/bugs.ts)
  --bugs          looks for each planted bug and writes the table of docs/lab/simulation.md
  --help`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    only: { type: 'string' },
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    twice: { type: 'boolean', default: false },
    bug: { type: 'string' },
    bugs: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(USAGE);
else if (values.bugs) await writeBugTable();
else if (values.twice) await twice(Number(values.from), Number(values.seeds), values.bug);
else if (values.seed === undefined) await many(Number(values.from), Number(values.seeds), values.bug);
else await one(Number(values.seed), values.only, values.bug);

async function many(from: number, count: number, bug: string | undefined): Promise<void> {
  show(await runSeeds({ from, count, bug, isShrinking: true }));
}

async function twice(from: number, count: number, bug: string | undefined): Promise<void> {
  const { once, differing } = await runTwice({ from, count, bug, isShrinking: true });
  show(once);
  if (once.failure !== undefined) return;
  console.log(
    differing.length === 0
      ? 'Each took the same steps to the same end twice'
      : `Not the same twice: ${differing.join(', ')}`,
  );
  if (differing.length > 0) process.exitCode = 1;
}

function show(campaign: Campaign): void {
  console.log(campaignText(campaign));
  if (campaign.failure === undefined) return;
  console.log(`\n${campaign.failure.text}`);
  process.exitCode = 1;
}

async function one(seed: number, only: string | undefined, bugName: string | undefined): Promise<void> {
  const { installVirtualTime } = await import('./virtual-time.ts');
  installVirtualTime();
  const { run } = await import('./run.ts');
  const { decoded, optionsOf, shrink } = await import('./shrink.ts');
  const { failureText, traceText } = await import('./report.ts');
  const { bugNamed } = await import('./bugs.ts');
  const seams = bugName === undefined ? {} : { seams: bugNamed(bugName).seams };
  const chosen = only === undefined ? {} : optionsOf(decoded(only));
  const result = await run(seed, { ...seams, ...chosen, isRecording: true });
  if (result.violation !== undefined && only === undefined) {
    console.log(failureText(result, await shrink(result, seams), bugName));
  } else {
    console.log(traceText(result));
    const { invariant, message } = result.violation ?? {};
    console.log(
      invariant === undefined
        ? `\nSeed ${seed} keeps every invariant`
        : `\nSeed ${seed} breaks "${invariant}": ${message}`,
    );
  }
  console.log(`trace ${result.hash}, ${result.steps} steps`);
  if (result.violation !== undefined) process.exitCode = 1;
}
