/** What a worker is started with. */
export interface WorkerData {
  readonly modulePath: string;
  readonly exportName: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMb: number;
}

/** One invocation; the event travels as JSON, as it does to Lambda. */
export interface WorkerRequest {
  readonly requestId: string;
  readonly eventJson: string;
  readonly deadlineMs: number;
}

/** What a worker sends: once when the module is loaded, then once for each invocation. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'success'; readonly json: string | undefined }
  | {
      readonly kind: 'error';
      readonly errorType: string;
      readonly errorMessage: string;
      readonly trace: readonly string[];
    };
