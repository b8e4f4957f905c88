import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** An item, or a key, as DynamoDB has it. */
export type Image = Readonly<Record<string, AttributeValue>>;

/** What the model was asked and does not know: it never guesses. */
export class UnmodelledError extends Error {}

/** A number of DynamoDB, where JavaScript has it too. */
export function numberOf(value: AttributeValue | undefined): number | undefined {
  if (value?.N === undefined) return undefined;
  const number = Number(value.N);
  if (!Number.isFinite(number)) throw new UnmodelledError(`The number ${value.N}`);
  return number;
}

/** Whether two values are of one type and equal; numbers by their value. */
export function isEqual(one: AttributeValue | undefined, other: AttributeValue | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  const [left, right] = [numberOf(one), numberOf(other)];
  return left !== undefined && right !== undefined ? left === right : isDeepStrictEqual(one, other);
}

/** Below zero where `one` comes first; `undefined` where the two are not of one type that has an order. */
export function compared(
  one: AttributeValue | undefined,
  other: AttributeValue | undefined,
): number | undefined {
  const [left, right] = [numberOf(one), numberOf(other)];
  if (left !== undefined && right !== undefined) return left - right;
  if (one?.S === undefined || other?.S === undefined) return undefined;
  return Buffer.compare(Buffer.from(one.S), Buffer.from(other.S));
}
