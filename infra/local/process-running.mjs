// Plain JavaScript without dependencies: infra/local/setup.mjs runs it before node_modules exists.

/** Whether a process with this id runs, of this or another user. */
export function isProcessRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
