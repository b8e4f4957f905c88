/** A server that stands in for a managed service, in a process of its own that listens on 127.0.0.1 only. */
export interface LocalPart {
  /** For people: `DynamoDB Local`. */
  readonly name: string;
  /** `http://127.0.0.1:port`. */
  readonly endpoint: string;
  /** `undefined` when the server is not ours but one that an environment variable names. */
  readonly pid: number | undefined;
  /** Settles when the process has ended, whoever ended it. */
  readonly exited: Promise<void>;
  /** Ends the process in order, or by force after some seconds. Calling it again is harmless. */
  stop(): Promise<void>;
}

/** What every part can be told. */
export interface LocalPartOptions {
  /** The TCP port; any free one without it. */
  readonly port?: number | undefined;
  /** Where the data is kept; without it the data ends with the process. */
  readonly dataDir?: string | undefined;
  /** Takes each line that the process prints. */
  readonly log?: ((line: string) => void) | undefined;
  /** Ends the start at once when it aborts; what has started is the caller's to stop. */
  readonly signal?: AbortSignal | undefined;
}
