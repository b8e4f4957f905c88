const cleanUps = new Set<() => void>();

process.on('exit', () => {
  // What was made last may lie in what was made before it.
  for (const cleanUp of [...cleanUps].reverse()) {
    try {
      cleanUp();
    } catch (error) {
      console.error(error);
    }
  }
});

/**
 * Has something cleaned up when this process ends before it is done in order: by an error, `process.exit` or a second Ctrl-C.
 * Nothing can be done after SIGKILL.
 *
 * @param cleanUp must not wait for anything: see https://nodejs.org/api/process.html#event-exit.
 * @returns what takes that back, once it was cleaned up in order.
 */
export function atExit(cleanUp: () => void): () => void {
  cleanUps.add(cleanUp);
  return () => {
    cleanUps.delete(cleanUp);
  };
}
