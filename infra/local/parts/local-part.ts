import { OrderStreamError } from '../../../pipelines/errors.ts';

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

/** Why a part of the local system is not there. */
export type LocalPartErrorCode =
  | 'java-missing'
  | 'java-too-old'
  | 'java-without-compiler'
  | 'maven-missing'
  | 'jars-not-fetched'
  | 'port-taken'
  | 'port-asked-twice'
  | 'part-did-not-start'
  | 'part-did-not-answer'
  | 'part-keeps-nothing'
  | 'data-folder-refused'
  | 'data-in-use'
  | 'data-of-older-template'
  | 'opensearch-url-refused';

/** A part of the local system cannot start or has gone. Its message and remedy together are what a person has to know. */
export class LocalPartError extends OrderStreamError {
  readonly code: LocalPartErrorCode;
  readonly remedy: string;

  constructor(code: LocalPartErrorCode, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }
}
