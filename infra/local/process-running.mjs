// Plain JavaScript without dependencies: infra/local/setup.mjs runs it before node_modules exists.

/** Whether there is a process of that id, ours or somebody else's. */
export function isProcessRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
