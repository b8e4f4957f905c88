import { OrderStreamError } from '../../../pipelines/core/errors.ts';

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
