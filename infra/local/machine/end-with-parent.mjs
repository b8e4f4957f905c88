// Loaded before the script that own-node.mjs runs. Ends the script in order when the process that started it ends, for any reason.
// Processes that the script forks load it too, but they are not children of that process.
if (process.channel !== undefined && Number(process.env['RUN_BY_PID']) === process.ppid) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // The channel must not keep a completed script running.
  process.channel.unref();
}
