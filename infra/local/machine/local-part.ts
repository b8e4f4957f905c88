import { OrderStreamError } from '../../../pipelines/errors.ts';

/** A server that replaces a managed service. It has its own process and listens on 127.0.0.1 only. */
export interface LocalPart {
  /** A name for people, such as `DynamoDB Local`. */
  readonly name: string;
  /** `http://127.0.0.1:port`. */
  readonly endpoint: string;
  /** `undefined` for a server that an environment variable names. */
  readonly pid: number | undefined;
  /** Resolves when the process has ended, for any reason. */
  readonly exited: Promise<void>;
  /** Ends the process in order, or by force after 10 s. Calling it again is harmless. */
  stop(): Promise<void>;
}

/** The options of every part. */
export interface LocalPartOptions {
  /** The TCP port. The default is a free port. */
  readonly port?: number | undefined;
  /** The folder that keeps the data. Without it, the data is deleted when the process ends. */
  readonly dataDir?: string | undefined;
  /** Receives each line that the process prints. */
  readonly log?: ((line: string) => void) | undefined;
  /** Cancels the start when it aborts. The caller stops a part that has started. */
  readonly signal?: AbortSignal | undefined;
}

/** Why a part of the local system does not run. */
export type LocalPartErrorCode =
  | 'java-missing'
  | 'java-too-old'
  | 'java-without-compiler'
  | 'launcher-not-compiled'
  | 'maven-missing'
  | 'jars-not-fetched'
  | 'port-taken'
  | 'port-asked-twice'
  | 'part-did-not-start'
  | 'part-not-healthy'
  | 'part-keeps-nothing'
  | 'part-not-owned'
  | 'data-folder-refused'
  | 'data-in-use'
  | 'data-of-older-template'
  | 'log-refused'
  | 'opensearch-url-refused';

/** A part of the local system cannot start or has ended. The message and the remedy together are what a user needs to know. */
export class LocalPartError extends OrderStreamError {
  readonly code: LocalPartErrorCode;
  readonly remedy: string;

  constructor(code: LocalPartErrorCode, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }
}
