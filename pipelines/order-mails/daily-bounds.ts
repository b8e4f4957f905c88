import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import { Day } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';

/** The most order mails of a user in a day. An order has four at most, so this is a dozen orders. */
export const ORDER_MAILS_PER_DAY_MAX = 50;
/** The most verification mails in a day, of a user and to an address: the address may be a third party's. */
export const VERIFICATION_MAILS_PER_DAY_MAX = 3;

/** Longer than the day that is counted, in any case. */
const COUNTER_LIFE_SECONDS = 3 * 86_400;

/** The day in UTC. */
export const dayOf = (now: Date): Day => parse(Day, now.toISOString().slice(0, 'yyyy-mm-dd'.length));

/** What is counted. */
export interface Counted {
  readonly tableName: string;
  readonly key: ItemKey;
  readonly counter: 'orderMails' | 'verificationMails';
  /** The bound. */
  readonly max: number;
  readonly now: Date;
}

/** The write that counts one more mail, on the condition that the bound is not reached. */
export const countOne = ({ tableName, key, counter, max, now }: Counted): TransactWriteItem => ({
  Update: {
    TableName: tableName,
    Key: marshall({ pk: key.pk, sk: key.sk }),
    UpdateExpression: 'SET #ttl = :ttl ADD #counter :one',
    ConditionExpression: 'attribute_not_exists(#counter) OR #counter < :max',
    ExpressionAttributeNames: { '#ttl': 'ttl', '#counter': counter },
    ExpressionAttributeValues: marshall({
      ':ttl': Math.floor(now.getTime() / MS_PER_SECOND) + COUNTER_LIFE_SECONDS,
      ':one': 1,
      ':max': max,
    }),
  },
});
