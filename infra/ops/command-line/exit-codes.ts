/** The exit codes of a command. */
export const EXIT = {
  /** Nothing differs, or everything succeeded. */
  ok: 0,
  /** Something differs, failed or was not done; the output says which. */
  differs: 1,
  /** The command line is invalid; nothing was done. */
  usage: 2,
  /** The system cannot be reached, or refused a request. */
  unreachable: 3,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
