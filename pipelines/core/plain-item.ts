import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

/**
 * What an item holds, as plain values. A number that JavaScript has not, such as 9007199254740993.5, stays its digits: a contract
 * then refuses that field as any other, where unmarshalling would throw, quote it, and take the items beside it along.
 */
export const plainItem = (image: Readonly<Record<string, AttributeValue>>): Record<string, unknown> =>
  unmarshall(image, { wrapNumbers: plainNumber });

const plainNumber = (digits: string): number | string =>
  Math.abs(Number(digits)) <= Number.MAX_SAFE_INTEGER ? Number(digits) : digits;
