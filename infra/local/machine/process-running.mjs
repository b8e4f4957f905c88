// Plain JavaScript without dependencies: infra/local/setup.mjs runs it before node_modules exists.
import { readFileSync } from 'node:fs';

/**
 * Whether a process with this id runs, of this or another user. A process that has ended and whose parent has not asked for its
 * exit status (a zombie) does not run; in a container it can stay for ever.
 */
export function isProcessRunning(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  return !isZombie(pid);
}

/** See https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: the state follows the name, which is in brackets. */
function isZombie(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  } catch {
    // Other systems have no such file, and on Linux the process has ended in the meantime.
    return false;
  }
}
