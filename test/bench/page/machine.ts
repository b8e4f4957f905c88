import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { PAGE_FILES } from './files.ts';
import type { Run } from './run.ts';

const BYTES_PER_GIB = 1_073_741_824;

/** A run that has measured nothing yet: this machine, and the tree that is measured. */
export function emptyRun(): Run {
  const [processor] = cpus();
  const memory = Math.round(totalmem() / BYTES_PER_GIB);
  return {
    machine: `${cpus().length} x ${processor?.model.trim() ?? 'unknown'}, ${memory} GiB, Node.js ${process.version}`,
    load: loadavg()[0] ?? 0,
    ...treeOf(),
    outcomes: {},
  };
}

/** The commit, and whether the files are its own, but for what the benchmarks themselves write. */
export function treeOf(): Pick<Run, 'commit' | 'isClean'> {
  const others = PAGE_FILES.map((file) => `:(exclude)${file}`);
  try {
    const changes = git('status', '--porcelain', '--', '.', ...others);
    return { commit: git('rev-parse', 'HEAD'), isClean: changes === '' };
  } catch {
    // An archive without its history.
    return { commit: 'unknown', isClean: false };
  }
}

const git = (...args: readonly string[]): string =>
  execFileSync('git', args, {
    cwd: PROJECT_ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
