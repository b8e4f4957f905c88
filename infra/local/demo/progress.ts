/** Follows a step of the demo: how many of its things are done. */
export type Progress = (step: string, total: number) => { advance(): void; end(): void };

/** Follows nothing, for tests. */
export const silent: Progress = () => ({ advance: () => undefined, end: () => undefined });
