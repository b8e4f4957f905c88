const cleanUps = new Set<() => void>();

process.on('exit', () => {
  // In reverse order: a later resource may be inside an earlier one.
  for (const cleanUp of [...cleanUps].reverse()) {
    try {
      cleanUp();
    } catch (error) {
      console.error(error);
    }
  }
});

/**
 * Registers a clean-up for the case that this process ends early: by an error, `process.exit` or a second Ctrl-C. It does not run
 * after SIGKILL.
 *
 * @param cleanUp must be synchronous: see https://nodejs.org/api/process.html#event-exit.
 * @returns a function that cancels the registration, for the regular end.
 */
export function atExit(cleanUp: () => void): () => void {
  cleanUps.add(cleanUp);
  return () => {
    cleanUps.delete(cleanUp);
  };
}
