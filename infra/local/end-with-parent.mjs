// Loaded before the script that infra/local/setup.mjs runs: ends it in order when setup.mjs has gone, however it went.
// Processes that the script forks load it too, but are not setup.mjs's own children.
if (process.channel !== undefined && Number(process.env['SETUP_PID']) === process.ppid) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // The channel is no reason for the script to go on when it is done.
  process.channel.unref();
}
