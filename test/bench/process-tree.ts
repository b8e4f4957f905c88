import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const KIB_PER_MIB = 1_024;
const LOOK_INTERVAL_MS = 50;
const KILL_TIMEOUT_MS = 10_000;

/** The memory of processes, in MiB. */
export interface TreeMemory {
  /** PSS: a page that several processes share counts as a part of it to each. */
  readonly proportional: number;
  /** RSS: such a page counts for each. */
  readonly resident: number;
}

/**
 * The memory of a process and all that it has started; on Linux only. See https://docs.kernel.org/filesystems/proc.html.
 *
 * @throws RangeError when the process cannot be read.
 */
export function treeMemory(root: number): TreeMemory {
  const parents = new Map<number, number>();
  for (const pid of processes()) {
    const parent = field(pid, 'status', 'PPid');
    if (parent !== undefined) parents.set(pid, parent);
  }
  const tree = new Set([root]);
  // A child can have a lower number than its parent, so look until nothing is added.
  for (let size = 0; size !== tree.size; ) {
    size = tree.size;
    for (const [pid, parent] of parents) if (tree.has(parent)) tree.add(pid);
  }
  if (field(root, 'smaps_rollup', 'Pss') === undefined)
    throw new RangeError(`The memory of process ${root} cannot be read`);
  const sum = (name: 'Pss' | 'Rss'): number =>
    [...tree].reduce((kib, pid) => kib + (field(pid, 'smaps_rollup', name) ?? 0), 0) / KIB_PER_MIB;
  return { proportional: sum('Pss'), resident: sum('Rss') };
}

/**
 * Kills all processes that were started with this value of an environment variable, and waits for their end, 10 s at most. What they
 * have started has it too, also in a process group of its own, or after its parent has ended. Does nothing where there is no /proc.
 *
 * @returns how many there were.
 */
export async function killMarked(variable: string, value: string): Promise<number> {
  const mark = `${variable}=${value}`;
  const left = (): readonly number[] =>
    processes().filter((pid) => pid !== process.pid && textOf(pid, 'environ').split('\0').includes(mark));
  const found = new Set<number>();
  const deadline = performance.now() + KILL_TIMEOUT_MS;
  for (let some = left(); some.length > 0 && performance.now() < deadline; some = left()) {
    for (const pid of some) {
      found.add(pid);
      kill(pid);
    }
    await sleep(LOOK_INTERVAL_MS);
  }
  return found.size;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}

function processes(): readonly number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? Number(name) : []));
  } catch {
    return [];
  }
}

function field(pid: number, file: 'status' | 'smaps_rollup', name: string): number | undefined {
  const match = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(textOf(pid, file));
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

function textOf(pid: number, file: 'status' | 'smaps_rollup' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It has ended between the two looks, or belongs to another user.
    return '';
  }
}
