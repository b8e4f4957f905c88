/** A resource that holds data. */
export interface StatefulResource {
  readonly type: string;
  readonly condition?: string;
  readonly deletionPolicy?: string;
  readonly updateReplacePolicy?: string;
  /** The properties whose change replaces it, by their paths. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** Of a table: its own keys and those of its indices. */
  readonly keys?: Readonly<Record<string, readonly string[]>>;
}

/** What of a stack must outlive the next release. */
export interface StackState {
  readonly file: string;
  readonly stateful: Readonly<Record<string, StatefulResource>>;
  /** What each alarm watches: metrics, with the resources that they are of. */
  readonly alarms: Readonly<Record<string, readonly string[]>>;
}

/** The stacks of a release. */
export interface StackRelease {
  readonly version: string;
  readonly stacks: readonly StackState[];
  /** Changes of later versions that are meant, each written out, with its reason. A release begins with none. */
  readonly accepted: Readonly<Record<string, string>>;
}

export function lastStackRelease(folder?: string): StackRelease;
export function keepStackRelease(version: string, stacks: readonly StackState[], folder?: string): boolean;
export function releasedChanges(release: StackRelease, stacks: readonly StackState[]): readonly string[];
