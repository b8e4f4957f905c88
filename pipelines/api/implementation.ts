import type * as z from 'zod';
import type { Operation } from '../../contracts/api/operation.ts';
import type { IdempotencyKey } from '../../contracts/api/parameters.ts';
import type { Version } from '../../contracts/ids.ts';
import { Deadline } from '../aws/deadline.ts';
import type { WriteOnceResult } from '../dynamodb/write-once.ts';
import type { Caller } from './caller.ts';

type Parameters<Op, Place extends 'path' | 'query'> = Op extends {
  readonly parameters: { readonly [P in Place]: infer Schema extends z.ZodType };
}
  ? z.output<Schema>
  : undefined;
type Body<Op> = Op extends { readonly body: infer Schema extends z.ZodType } ? z.output<Schema> : undefined;
type Key<Op> = Op extends { readonly idempotency: 'required' }
  ? IdempotencyKey
  : Op extends { readonly idempotency: 'optional' }
    ? IdempotencyKey | undefined
    : undefined;

/** A request as the schemas of its operation read it. */
export interface OperationRequest<Op extends Operation> {
  readonly path: Parameters<Op, 'path'>;
  readonly query: Parameters<Op, 'query'>;
  readonly body: Body<Op>;
  readonly idempotencyKey: Key<Op>;
  /** The version that the caller has seen. */
  readonly ifMatch: Op extends { readonly ifMatch: 'optional' } ? Version | undefined : undefined;
  /** Absent where the operation needs no token. */
  readonly caller: Op extends { readonly access: 'public' } ? undefined : Caller;
  /** Whether the caller acts as the user whom an operation with the access `owner` names, and not by another scope. */
  readonly byOwner: boolean;
}

/** A value that becomes a `Value` as JSON: JSON leaves out members that are `undefined`. */
type Serializable<Value> = Value extends string | number | boolean | null | undefined
  ? Value
  : Value extends readonly (infer Element)[]
    ? readonly Serializable<Element>[]
    : Value extends object
      ? {
          readonly [Name in keyof Value]:
            | Serializable<Value[Name]>
            | (object extends Pick<Value, Name> ? undefined : never);
        }
      : Value;

/** What an operation returns: the body of its response, and for an idempotent one whether it was returned before. */
export type OperationResult<Op extends Operation> = Op extends { readonly idempotency: string }
  ? WriteOnceResult<Serializable<z.output<Op['success']['body']>>>
  : Serializable<z.output<Op['success']['body']>>;

/** The implementation of each operation, by its id. */
export type Implementations<Op extends Operation> = {
  readonly [Id in Op['id']]: (
    request: OperationRequest<Extract<Op, { readonly id: Id }>>,
  ) => Promise<OperationResult<Extract<Op, { readonly id: Id }>>>;
};

/** How long a batch may take, in milliseconds: the functions of batches have 29 s, which leaves time for the response. */
const BATCH_MS_MAX = 25_000;

/** Runs one batch with a signal that ends its time. The response then reports the remaining entries as failed. */
export async function withinBatchTime<Result>(
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  using deadline = new Deadline(BATCH_MS_MAX);
  return await run(deadline.signal);
}
