/** A stack after its transforms: counts, and the bytes of its template as JSON. */
export interface StackSize {
  readonly file: string;
  readonly resources: number;
  readonly parameters: number;
  readonly outputs: number;
  readonly bytes: number;
}
export const STACK_LIMITS: Readonly<Record<Exclude<keyof StackSize, 'file'>, number>>;
export const LIMIT_SHARE: number;
export function nearLimits(stack: StackSize): readonly string[];
