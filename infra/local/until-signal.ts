const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The first signal ends the system in order, a second one at once. */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.once(signal, () => resolve());
  });
}

/** Waits for the start and tells whoever interrupts it that the system ends as soon as it can do so in order. */
export async function announceInterruption<System>(
  starting: Promise<System>,
  interrupted: Promise<void>,
): Promise<System> {
  let isStarting = true;
  void interrupted.then(() => {
    if (isStarting) console.log('Stopping as soon as it has started');
  });
  try {
    return await starting;
  } finally {
    isStarting = false;
  }
}
