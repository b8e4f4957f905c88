/** The annotations by which a subsegment is found; X-Ray accepts 50 of them a trace. */
export type Annotations = Readonly<Record<string, string | number>>;

/** The details of a subsegment. */
export interface SubsegmentDetails {
  /** The called service: an AWS service, or another one over the network. */
  readonly of?: 'aws' | 'remote';
  /** The operation of an AWS service. */
  readonly operation?: string;
  readonly annotations?: Annotations;
}

/** `error`: a client error, such as a condition that did not hold; `fault`: a server error. */
export type SubsegmentEnd = 'ok' | 'error' | 'fault';

/** Records what an invocation spends its time on. */
export interface Trace {
  /** Begins a subsegment; the returned function ends it. */
  begin(name: string, details?: SubsegmentDetails): (end: SubsegmentEnd) => void;
}

/** Runs `work` in a subsegment; any error is a fault. */
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
