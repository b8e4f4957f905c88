// Loaded before the script that own-node.mjs runs: ends it in order when the process that ran it has gone, however it went.
// Processes that the script forks load it too, but are not that process's own children.
if (process.channel !== undefined && Number(process.env['RUN_BY_PID']) === process.ppid) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // The channel is no reason for the script to go on when it is done.
  process.channel.unref();
}
