/** What to find a piece of work by; X-Ray takes 50 of them a trace. */
export type Annotations = Readonly<Record<string, string | number>>;

/** What a trace tells of a piece of work. */
export interface SubsegmentDetails {
  /** Whom the work is asked of: a service of AWS, or another over the network. */
  readonly of?: 'aws' | 'remote';
  /** What is asked of a service of AWS. */
  readonly operation?: string;
  readonly annotations?: Annotations;
}

/** `error`: the caller's fault, such as a condition that did not hold; `fault`: the callee's. */
export type SubsegmentEnd = 'ok' | 'error' | 'fault';

/** Tells what an invocation spends its time on. */
export interface Trace {
  /** Begins a piece of work; the function that it gives ends it. */
  begin(name: string, details?: SubsegmentDetails): (end: SubsegmentEnd) => void;
}

/** Does `work` and tells how long it took; whatever it throws is a fault. */
export async function traced<Result>(
  trace: Trace,
  name: string,
  details: SubsegmentDetails,
  work: () => Promise<Result>,
): Promise<Result> {
  const end = trace.begin(name, details);
  try {
    const result = await work();
    end('ok');
    return result;
  } catch (error) {
    end('fault');
    throw error;
  }
}
