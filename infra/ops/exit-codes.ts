/** How a command ends. */
export const EXIT = {
  /** All is as it should be, or was done. */
  ok: 0,
  /** Something differs, failed, or was left undone; the output says what. */
  differs: 1,
  /** The command line is wrong; nothing was done. */
  usage: 2,
  /** The system cannot be reached, or refused. */
  unreachable: 3,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
